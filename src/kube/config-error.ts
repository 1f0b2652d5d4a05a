// What is wrong with the configuration or the credentials, in one line for the person who set them up.

/** Names the file and the field. Holds no credential. */
export class KubeConfigError extends Error {
  override readonly name = 'KubeConfigError'
}
