import { describe, expect, it } from 'vitest'
import { createMetrics } from '../runtime/metrics.ts'
import { scmCallCounter, showLogins } from './metrics.ts'

describe('metrics of calls to SCM', () => {
  it('count by endpoint and code, and show how many logins are in which state', async () => {
    const metrics = createMetrics()
    const count = scmCallCounter(metrics)
    for (const code of ['200', '200', 'TimedOut']) count({ endpoint: 'ssl/v1/{id}', code })
    showLogins(metrics, { loginWords: () => ['accepted', 'down', 'accepted'] })
    const text = await metrics.render()
    expect(text).toContain('certwright_scm_requests_total{endpoint="ssl/v1/{id}",code="200"} 2')
    expect(text).toContain('certwright_scm_requests_total{endpoint="ssl/v1/{id}",code="TimedOut"} 1')
    expect(text).toContain('certwright_scm_logins{state="accepted"} 2')
    expect(text).toContain('certwright_scm_logins{state="down"} 1')
    expect(text).toContain('certwright_scm_logins{state="refused"} 0')
  })
})
