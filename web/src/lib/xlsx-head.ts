/** The first rows of the first sheet of a workbook, for a look at it before it is sent. The server reads the file by itself. */

interface Entry { method: number; packed: number; at: number }

/** Names of the archive and where their bytes are (APPNOTE 4.3.12, 4.3.16). */
async function directoryOf(file: Blob): Promise<Map<string, Entry>> {
  const tail = Math.min(file.size, 65_557);
  const end = new DataView(await file.slice(file.size - tail).arrayBuffer());
  let at = tail - 22;
  while (at >= 0 && end.getUint32(at, true) !== 0x06054b50) --at;
  if (at < 0) throw new Error('not a ZIP archive');
  const count = end.getUint16(at + 10, true), size = end.getUint32(at + 12, true), start = end.getUint32(at + 16, true);
  const list = new DataView(await file.slice(start, start + size).arrayBuffer());
  const entries = new Map<string, Entry>();
  for (let i = 0, p = 0; i < count && p + 46 <= list.byteLength; ++i) {
    const name = list.getUint16(p + 28, true);
    const text = new TextDecoder().decode(new Uint8Array(list.buffer, p + 46, name));
    entries.set(text, { method: list.getUint16(p + 10, true), packed: list.getUint32(p + 20, true), at: list.getUint32(p + 42, true) });
    p += 46 + name + list.getUint16(p + 30, true) + list.getUint16(p + 32, true);
  }
  return entries;
}

/** The beginning of one part as text, at most `most` bytes of it. */
async function beginning(file: Blob, entry: Entry, most: number): Promise<string> {
  const head = new DataView(await file.slice(entry.at, entry.at + 30).arrayBuffer());
  const from = entry.at + 30 + head.getUint16(26, true) + head.getUint16(28, true);
  let stream: ReadableStream<Uint8Array> = file.slice(from, from + entry.packed).stream();
  if (entry.method === 8) stream = stream.pipeThrough(new DecompressionStream('deflate-raw') as unknown as ReadableWritablePair<Uint8Array, Uint8Array>);
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = '', read = 0;
  while (read < most) {
    const { done, value } = await reader.read();
    if (done) break;
    read += value.byteLength;
    text += decoder.decode(value, { stream: true });
  }
  await reader.cancel().catch(() => undefined);
  return text;
}

/** Whole elements of that name at the beginning of a part; what was cut off is left out. */
function elements(text: string, name: string): Element[] {
  const whole = text.match(new RegExp(`<${name}(?:\\s[^>]*)?(?:/>|>[\\s\\S]*?</${name}>)`, 'g')) ?? [];
  // Attributes of other namespaces, which were declared where we don't look.
  const plain = whole.join('').replace(/<[^>]*>/g, (tag) => tag.replace(/\s\w+:[\w.-]+="[^"]*"/g, ''));
  const parsed = new DOMParser().parseFromString(`<x>${plain}</x>`, 'text/xml');
  return [...parsed.documentElement.children];
}

const textOf = (element: Element) => [...element.getElementsByTagName('t')].map((part) => part.textContent ?? '').join('');

function columnOf(reference: string): number {
  return [...reference.replace(/\d+$/, '')].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}

function cellsOf(row: Element, strings: readonly string[]): string[] {
  const cells: string[] = [];
  for (const cell of row.getElementsByTagName('c')) {
    const reference = cell.getAttribute('r');
    const at = reference ? columnOf(reference) : cells.length;
    const type = cell.getAttribute('t');
    const raw = cell.getElementsByTagName('v')[0]?.textContent ?? '';
    while (cells.length < at && cells.length < 500) cells.push('');
    cells[at] = type === 's' ? strings[Number(raw)] ?? '' : type === 'inlineStr' ? textOf(cell) : raw;
  }
  return cells;
}

/** Throws when the file is no workbook that can be looked into. */
export async function xlsxHead(file: Blob, rows: number): Promise<string[][]> {
  const entries = await directoryOf(file);
  const sheet = entries.get('xl/worksheets/sheet1.xml') ?? [...entries].find(([name]) => /^xl\/worksheets\/[^/]+\.xml$/.test(name))?.[1];
  if (!sheet) throw new Error('no sheet');
  const shared = entries.get('xl/sharedStrings.xml');
  const strings = shared ? elements(await beginning(file, shared, 2_000_000), 'si').map(textOf) : [];
  return elements(await beginning(file, sheet, 1_000_000), 'row').slice(0, rows).map((row) => cellsOf(row, strings)).filter((row) => row.some((cell) => cell.trim() !== ''));
}
