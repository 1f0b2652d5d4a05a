// npm run test:outages: every outage for longer and with more requests than in `npm test`.
//
//   npm run test:outages -- --minutes 60 --waiting 20 --crowd 1000
//   npm run test:outages -- --scale 1               waits as long as in production: hours
import { parseArgs } from 'node:util'
import { runProject } from '../tools/run-project.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '15' },
    waiting: { type: 'string', default: '15' },
    crowd: { type: 'string', default: '500' },
    scale: { type: 'string', default: '10' },
  },
})
await runProject('outages', {
  OUTAGES_MINUTES: values.minutes,
  OUTAGES_WAITING: values.waiting,
  OUTAGES_CROWD: values.crowd,
  OUTAGES_SCALE: values.scale,
})
