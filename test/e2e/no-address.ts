// A host that the shared release may be told to reach, and nobody can: a name under `invalid` has no address (RFC 6761).
export const NO_ADDRESS = 'scm.invalid'
