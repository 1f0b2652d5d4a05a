// The control interface over HTTP, for tests in other processes. Guarded by the control token; never counted, never spoiled.
import { z } from 'zod'
import { catalogueSchema } from './catalogue.ts'
import type { Control } from './control.ts'
import { faultRuleSchema } from './faults.ts'
import type { Answer, Call, Route } from './router.ts'
import { json, NO_CONTENT, readJson } from './router.ts'
import { settingsSchema } from './settings.ts'

type Handler = (call: Call) => Promise<unknown>

const clientCertificateSchema = z.strictObject({ days: z.number().int().min(0).exactOptional() })
const statusSchema = z.strictObject({ status: z.string().min(1) })
const originSchema = z.strictObject({ origin: z.enum(['enrolled', 'imported', 'discovered']) })
const publishedSchema = z.strictObject({ published: z.boolean() })

export function controlRoutes(control: Control): readonly Route[] {
  const route = (method: Route['method'], path: string, handler: Handler): Route => ({
    method,
    path: `/control${path}`,
    access: 'control',
    handle: (call) => answer(call, handler),
  })
  const onOrder =
    (act: (id: number) => Promise<unknown>): Handler =>
    (call) =>
      act(Number(call.params['id']))
  return [
    route('GET', '/settings', control.settings),
    route('PATCH', '/settings', (call) => control.patchSettings(given(settingsSchema.partial().parse(readJson(call))))),
    route('GET', '/catalogue', control.catalogue),
    route('PATCH', '/catalogue', (call) =>
      control.patchCatalogue(given(catalogueSchema.partial().parse(readJson(call)))),
    ),
    route('GET', '/orders', control.orders),
    route('GET', '/orders/:id', onOrder(control.order)),
    route('POST', '/orders/:id/approve', onOrder(control.approve)),
    route('POST', '/orders/:id/decline', onOrder(control.decline)),
    route('POST', '/orders/:id/reject', onOrder(control.reject)),
    route('POST', '/orders/:id/issue', onOrder(control.issue)),
    route('PUT', '/orders/:id/status', (call) =>
      control.setStatus(Number(call.params['id']), statusSchema.parse(readJson(call)).status),
    ),
    route('PUT', '/orders/:id/origin', (call) =>
      control.setOrigin(Number(call.params['id']), originSchema.parse(readJson(call)).origin),
    ),
    route('POST', '/orders/:id/publish-dcv', onOrder(control.publishDcv)),
    route('PUT', '/domains/:name/published', (call) =>
      control.publishDomain(call.params['name'] ?? '', publishedSchema.parse(readJson(call)).published),
    ),
    route('GET', '/faults', control.faults),
    route('POST', '/faults', (call) => control.addFault(faultRuleSchema.parse(readJson(call)))),
    route('DELETE', '/faults', control.clearFaults),
    route('POST', '/accounts/:login/client-certificate', (call) =>
      control.issueClientCertificate(call.params['login'] ?? '', clientCertificateSchema.parse(readJson(call))),
    ),
    route('GET', '/locked-logins', control.lockedLogins),
    route('DELETE', '/locked-logins/:login', (call) => control.unlock(call.params['login'] ?? '')),
    route('DELETE', '/tokens', control.revokeTokens),
    route('GET', '/counters', control.counters),
    route('POST', '/reset', control.reset),
  ]
}

/** A misuse of the control interface is a bug in a test: it gets a sentence, not an SCM error. */
async function answer(call: Call, handler: Handler): Promise<Answer> {
  try {
    const result = await handler(call)
    return result === undefined ? NO_CONTENT : json(result)
  } catch (error) {
    const message = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message
    return json({ error: message }, { status: 400 })
  }
}

/** Without members that are undefined, which would erase what they should leave alone. */
function given<T extends object>(patch: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined)) as never
}
