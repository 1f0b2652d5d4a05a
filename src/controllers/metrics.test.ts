import { describe, expect, it } from 'vitest'
import { createMetrics } from '../runtime/metrics.ts'
import { doubledOrders, scmCallMetrics, showLogins } from './metrics.ts'

describe('metrics of calls to SCM', () => {
  it('count by endpoint and code, measure by endpoint, and show how many logins are in which state', async () => {
    const metrics = createMetrics()
    const observe = scmCallMetrics(metrics)
    const calls = [
      ['200', 20],
      ['200', 300],
      ['TimedOut', 30_000],
    ] as const
    for (const [code, ms] of calls) observe({ endpoint: 'ssl/v1/{id}', code, ms })
    showLogins(metrics, { loginWords: () => ['accepted', 'down', 'accepted'] })
    const text = await metrics.render()
    expect(text).toContain('certwright_scm_requests_total{endpoint="ssl/v1/{id}",code="200"} 2')
    expect(text).toContain('certwright_scm_requests_total{endpoint="ssl/v1/{id}",code="TimedOut"} 1')
    const duration = 'certwright_scm_request_duration_seconds'
    expect(text).toContain(`${duration}_bucket{le="0.05",endpoint="ssl/v1/{id}"} 1`)
    expect(text).toContain(`${duration}_bucket{le="0.5",endpoint="ssl/v1/{id}"} 2`)
    expect(text).toContain(`${duration}_bucket{le="30",endpoint="ssl/v1/{id}"} 3`)
    expect(text).toContain(`${duration}_sum{endpoint="ssl/v1/{id}"} 30.32`)
    expect(text).toContain('certwright_scm_logins{state="accepted"} 2')
    expect(text).toContain('certwright_scm_logins{state="down"} 1')
    expect(text).toContain('certwright_scm_logins{state="refused"} 0')
  })
})

describe('the metric of doubled orders', () => {
  it('is there before there is one', async () => {
    const metrics = createMetrics()
    const count = doubledOrders(metrics)
    expect(await metrics.render()).toContain('certwright_orders_doubled_total 0')
    count(2)
    expect(await metrics.render()).toContain('certwright_orders_doubled_total 2')
  })
})
