// @peculiar/x509 needs a reflection polyfill loaded before it; whoever imports it from here gets both in the right order.
import 'reflect-metadata'

export * as x509 from '@peculiar/x509'
