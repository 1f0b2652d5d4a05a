/**
 * metav1.MicroTime: RFC 3339 with exactly six digits of fraction. The API server refuses the three that
 * Date.prototype.toISOString writes.
 * @param now milliseconds since the epoch
 */
export function microTime(now: number): string {
  return new Date(now).toISOString().replace(/Z$/, '000Z')
}
