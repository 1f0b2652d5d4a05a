// What the rules see of each request, kept while it stays the same: a CSR is verified once, however often its request is looked at.
import type { CertificateRequest } from '../api/certificate-request.ts'
import type { RequestView } from '../issuance/known.ts'
import { viewRequest } from '../issuance/request-view.ts'

/** By request UID: names are used again. */
export class RequestViews {
  readonly #views = new Map<string, { readonly version: string; readonly csr: string; readonly view: RequestView }>()

  async of(request: CertificateRequest): Promise<RequestView> {
    const { uid, resourceVersion } = request.metadata
    const known = this.#views.get(uid)
    if (known?.version === resourceVersion) return known.view
    const csr = request.spec.request
    const view = await viewRequest(request, known?.csr === csr ? known.view.csr : undefined)
    this.#views.set(uid, { version: resourceVersion, csr, view })
    return view
  }

  forget(uid: string): void {
    this.#views.delete(uid)
  }
}
