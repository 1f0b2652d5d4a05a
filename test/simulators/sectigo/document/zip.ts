// A ZIP archive with uncompressed members, for the one import that takes archives (seed 004 L2446-2483).
import { crc32 } from 'node:zlib'
import { FormData } from 'undici'

const LOCAL_HEADER = 0x04034b50
const CENTRAL_HEADER = 0x02014b50
const END_OF_DIRECTORY = 0x06054b50
/** 2.0: the oldest version with folders, which every reader knows. */
const VERSION = 20

/** The archive as the form part `file`. @param files name -> content */
export function zipForm(files: Readonly<Record<string, string>>): FormData {
  const form = new FormData()
  form.append('file', new Blob([zip(files)], { type: 'application/zip' }), 'certs.zip')
  return form
}

function zip(files: Readonly<Record<string, string>>): Buffer<ArrayBuffer> {
  const members: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const [name, content] of Object.entries(files)) {
    const bytes = Buffer.from(content)
    const path = Buffer.from(name)
    // Version, flags, method 0 (stored), time and date 0.
    const common = numbers([2, VERSION], [2, 0], [2, 0], [2, 0], [2, 0], [4, crc32(bytes)], [4, bytes.length])
    const sizes = numbers([4, bytes.length], [2, path.length], [2, 0])
    const member = Buffer.concat([numbers([4, LOCAL_HEADER]), common, sizes, path, bytes])
    // Comment, disk, attributes: none.
    const rest = numbers([2, 0], [2, 0], [2, 0], [4, 0], [4, offset])
    directory.push(Buffer.concat([numbers([4, CENTRAL_HEADER], [2, VERSION]), common, sizes, rest, path]))
    members.push(member)
    offset += member.length
  }
  const entries = Buffer.concat(directory)
  const count = directory.length
  const size = entries.length
  const end = numbers([4, END_OF_DIRECTORY], [2, 0], [2, 0], [2, count], [2, count], [4, size], [4, offset], [2, 0])
  return Buffer.concat([...members, entries, end])
}

/** Little-endian numbers of 2 or 4 bytes. */
function numbers(...values: readonly (readonly [2 | 4, number])[]): Buffer {
  return Buffer.concat(
    values.map(([size, value]) => {
      const bytes = Buffer.alloc(size)
      bytes.writeUIntLE(value, 0, size)
      return bytes
    }),
  )
}
