/** Under this name the API server keeps what the operator wrote apart from what others wrote. */
export const FIELD_MANAGER = 'certwright'
