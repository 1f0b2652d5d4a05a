// stub of the contract; the helper that owns src/x509 replaces it
export interface CertificateSigningRequest { readonly pem: string }
