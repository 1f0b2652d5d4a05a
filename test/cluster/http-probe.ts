// Asks a program's health endpoint whether it serves.
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'

/** Longer than a loaded machine needs for an answer on loopback, short enough to ask again soon. */
const ANSWER_MS = 2000

/** The status of a GET; rejects when there is no answer. `ca` is PEM, for https. */
export function statusOf(
  url: string,
  options: { readonly ca?: string; readonly signal?: AbortSignal } = {},
): Promise<number> {
  const { ca, signal } = options
  const limits = [AbortSignal.timeout(ANSWER_MS), ...(signal ? [signal] : [])]
  return new Promise((resolve, reject) => {
    const request = (url.startsWith('https:') ? requestHttps : requestHttp)(
      url,
      { agent: false, signal: AbortSignal.any(limits), ...(ca === undefined ? {} : { ca }) },
      (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      },
    )
    request.on('error', reject)
    request.end()
  })
}
