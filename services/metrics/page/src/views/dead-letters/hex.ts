const ROW = 16
const SHOWN_BYTES = 4_096

const printable = (byte: number): string => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')
const hexOf = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')

/** The first 4 KiB as `hexdump -C` shows them. */
export const hexLines = (base64: string): string => {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
  const lines: string[] = []
  for (let at = 0; at < Math.min(bytes.length, SHOWN_BYTES); at += ROW) {
    const row = [...bytes.subarray(at, at + ROW)]
    lines.push(
      `${hexOf(at, 8)}  ${row
        .map((byte) => hexOf(byte, 2))
        .join(' ')
        .padEnd(ROW * 3)} ${row.map(printable).join('')}`,
    )
  }
  if (bytes.length > SHOWN_BYTES) lines.push(`… ${bytes.length - SHOWN_BYTES} bytes more`)
  return lines.join('\n')
}
