// The turn to place an order: taken before the attempt is put on record, so that a burst of requests waits in line instead
// of recording attempts that it cannot send in time.
import type { CallOptions, SubmissionTurn } from '../backend.ts'
import { BackendError } from '../backend-error.ts'
import { ask, troubleOf } from './answer.ts'
import type { Call, Caller } from './call.ts'
import type { Hindrance } from './credential-state.ts'
import { type Slots, withSlots } from './slots.ts'
import { ranks } from './timing.ts'
import type { SectigoTransport } from './transport.ts'

export interface TurnTaker {
  readonly transport: SectigoTransport
  readonly slots: Slots
  /** Sent while the login is seen failing, to find out whether it works again. */
  readonly probe: Call
}

/** Resolves with a slot that is held, at a moment when an order may be sent. Throws as `CertificateBackend.turn` does. */
export async function takeTurn(
  { transport, slots, probe }: TurnTaker,
  { namespace = '', signal }: CallOptions,
): Promise<SubmissionTurn> {
  const { credential } = transport
  const caller = withSlots(transport, slots, namespace)
  const either = AbortSignal.any([signal, transport.closed])
  for (;;) {
    requireUsable(transport)
    await credential.untilFit({ way: transport, read: () => met(caller, probe) }, either)
    requireUsable(transport)
    const release = await slots.acquire({ rank: ranks.submit, namespace, signal: either })
    if (transport.fit) return { release }
    // It failed while this turn was waited for: a slot that cannot be used goes back.
    release()
  }
}

/** What the probe met instead of a good answer. */
async function met(caller: Caller, probe: Call): Promise<Hindrance | undefined> {
  try {
    const answer = await ask(caller, probe)
    return answer.status < 300 ? undefined : troubleOf(probe, answer)
  } catch (error) {
    if (error instanceof BackendError) return error
    throw error
  }
}

function requireUsable({ refusal }: SectigoTransport): void {
  if (refusal !== undefined) throw new BackendError(refusal.kind, refusal.message, { code: refusal.code })
}
