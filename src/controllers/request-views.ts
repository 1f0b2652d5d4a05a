// The views of requests, since verifying a CSR takes milliseconds and a request is looked at again and again.
import type { CertificateRequest } from '../api/certificate-request.ts'
import { isProblem, type RequestView } from '../issuance/known.ts'
import { viewRequest } from '../issuance/request-view.ts'

/** Base64: a request with 100 names and an RSA key of 4,096 bits has 7 KiB. */
const LONGEST_KEPT_CHARS = 8 * 1024
/** As many as CAs take. A request of 8 KiB has room for four times as many, which take ten times its memory. */
const MOST_KEPT_NAMES = 250

interface Seen {
  readonly version: string
  readonly csr: string
  readonly view: RequestView
}

export class RequestViews {
  /** By UID: names are used again. Not of what is large: a stranger may make thousands of such requests. */
  readonly #seen = new Map<string, Seen>()

  get size(): number {
    return this.#seen.size
  }

  async of(request: CertificateRequest): Promise<RequestView> {
    const { uid, resourceVersion: version } = request.metadata
    const known = this.#seen.get(uid)
    if (known?.version === version) return known.view
    const csr = request.spec.request
    const view = await viewRequest(request, known?.csr === csr ? known.view.csr : undefined)
    if (isSmall(csr, view)) this.#seen.set(uid, { version, csr, view })
    return view
  }

  forget(uid: string): void {
    this.#seen.delete(uid)
  }
}

function isSmall(base64: string, { csr }: RequestView): boolean {
  return isProblem(csr) || (base64.length <= LONGEST_KEPT_CHARS && csr.names.length <= MOST_KEPT_NAMES)
}
