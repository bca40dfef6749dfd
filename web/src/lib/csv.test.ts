import { expect, it } from 'vitest';
import { decodeText, parseCsv } from './csv';

it('reads commas, semicolons and tabs', () => {
  for (const s of [',', ';', '\t']) expect(parseCsv(`a${s}b\n1${s}2\r\n3${s}`)).toEqual([['a', 'b'], ['1', '2'], ['3', '']]);
});

it('reads quotes, with separators, lines and quotes in them', () => {
  expect(parseCsv('nom;note\n"Durand; Fils";"dit ""le grand""\nici"')).toEqual([['nom', 'note'], ['Durand; Fils', 'dit "le grand"\nici']]);
});

it('leaves out the mark and empty lines', () => expect(parseCsv('\ufeffa;b\n\n;\n1;2\n')).toEqual([['a', 'b'], ['1', '2']]));
it('stops when it has enough', () => expect(parseCsv('a\n1\n2\n3', 2)).toEqual([['a'], ['1']]));
it('has nothing to say about nothing', () => expect(parseCsv('')).toEqual([]));

it('knows the encodings that spreadsheets write', () => {
  expect(decodeText(new TextEncoder().encode('Chloé'))).toBe('Chloé');
  expect(decodeText(Uint8Array.of(0x43, 0x68, 0x6c, 0x6f, 0xe9))).toBe('Chloé');
  expect(decodeText(Uint8Array.of(0xff, 0xfe, 0x43, 0x00, 0xe9, 0x00))).toBe('Cé');
});
