// The only import of @peculiar/x509. The library throws on load unless a reflection polyfill was loaded before it, and
// its cryptography is set once for the process; both are done here, so that no other file has to know the order.
import 'reflect-metadata'
import { cryptoProvider } from '@peculiar/x509'

cryptoProvider.set(globalThis.crypto)

export * from '@peculiar/x509'
