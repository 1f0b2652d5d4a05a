// The product line of an issuer's settings.
import { clientProduct } from './client.ts'
import type { SectigoCredentials } from './credentials.ts'
import { deviceProduct } from './device.ts'
import type { Product } from './product.ts'
import type { ProductSettings } from './settings.ts'
import { sslProduct } from './ssl.ts'

export function productOf(settings: ProductSettings, authentication: SectigoCredentials['kind']): Product {
  switch (settings.product) {
    case 'ssl':
      return sslProduct(settings)
    case 'device':
      return deviceProduct(settings)
    case 'client':
      return clientProduct(settings, authentication === 'oauth2' ? 'v2' : 'v1')
  }
}
