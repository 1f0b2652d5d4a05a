// A caller for tests of single calls: each call is answered by the test's own function, nothing goes over a wire.
import type { CertificateSigningRequest } from '../../../x509/csr.ts'
import type { Answer } from '../answer.ts'
import type { Call, Caller } from '../call.ts'
import { errorBody } from '../error-body.ts'
import { type FailureCode, failure } from '../failure.ts'
import { oneLine } from '../quote.ts'
import type { Exchange } from '../wire.ts'

export type Reply =
  | {
      readonly status?: number
      readonly json?: unknown
      readonly text?: string
      readonly retryAfterMs?: number
      readonly totalCount?: number
    }
  | { readonly fails: FailureCode; readonly result: 'noEffect' | 'unknown' }

export interface ScriptedCaller extends Caller {
  readonly calls: readonly Call[]
}

export function scriptedCaller(reply: (call: Call) => Reply): ScriptedCaller {
  const calls: Call[] = []
  return {
    calls,
    quote: (text) => oneLine(text),
    async exchange(call): Promise<Exchange<Answer>> {
      calls.push(call)
      const said = reply(call)
      if ('fails' in said) return { result: said.result, failure: failure(said.fails) }
      const { status = 200, json, text = json === undefined ? '' : JSON.stringify(json), ...rest } = said
      const bytes = Buffer.from(text)
      const error = status >= 400 ? { error: errorBody(bytes, (quoted) => oneLine(quoted)) } : {}
      return { result: 'answered', answer: { status, bytes, ...error, ...retryAndTotal(rest) } }
    },
  }
}

function retryAndTotal({ retryAfterMs, totalCount }: { retryAfterMs?: number; totalCount?: number }): Partial<Answer> {
  return {
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(totalCount === undefined ? {} : { totalCount }),
  }
}

export const identity = { marker: 'certwright:1:4b1c', csrSha256: 'AB12' }

export const target = {
  endpoint: 'https://cert-manager.com/api',
  tenant: 'cst325',
  product: 'ssl',
  organization: '8928',
  profile: '5170',
  term: 90,
}

export function csrWith(parts: Partial<CertificateSigningRequest> = {}): CertificateSigningRequest {
  return {
    pem: '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n',
    sha256: identity.csrSha256,
    spkiSha256: 'cd34',
    subject: '',
    key: { algorithm: 'EC', curve: 'P-256' },
    names: [{ type: 'dns', value: 'ccmqa.com' }],
    isCA: false,
    ...parts,
  }
}
