// How the model operator calls out: each call is a point at which the world may cut it, keep it, lose it, or let time pass.
import type { SubmitOutcome } from '../../../src/backends/backend.ts'
import { BackendError } from '../../../src/backends/backend-error.ts'
import { refusal } from '../../support/memory-kube.ts'

export interface Call<T = unknown> {
  readonly name: string
  /** It takes effect. */
  run(): T
  /** What its caller hears when there is no answer; or throws. */
  lost(): T
  /** Neither a shutdown nor a lost lease cuts it. */
  readonly critical: boolean
}

/** Something that is carried out call by call. What is thrown into it is what the call threw. */
export type Running<T> = Generator<Call, T, unknown>

function* made<T>(call: Call<T>): Running<T> {
  return (yield call) as T
}

export function kube<T>(name: string, run: () => T, critical = false): Running<T> {
  const lost = (): never => {
    throw refusal(0, 'Unreachable')
  }
  return made({ name, run, lost, critical })
}

export function ca<T>(name: string, run: () => T): Running<T> {
  const lost = (): never => {
    throw new BackendError('Unavailable', 'no answer')
  }
  return made({ name, run, lost, critical: false })
}

export function submission(run: () => SubmitOutcome): Running<SubmitOutcome> {
  const lost = (): SubmitOutcome => ({ outcome: 'unknown', code: 'Timeout', message: 'no answer' })
  return made({ name: SUBMIT, run, lost, critical: true })
}

/** No call at all: the machine may stop here. */
export function moment(): Running<void> {
  return made({ name: 'moment', run: () => {}, lost: () => {}, critical: true })
}

export const SUBMIT = 'submit'
