import { expect, it } from 'vitest';
import { clockText, dialable, phoneText, searchable, spanText } from './format';

it('writes running times', () => {
  expect([0, 59.9, 65, 3729, -3].map(clockText)).toEqual(['0:00', '0:59', '1:05', '1:02:09', '0:00']);
  expect([12, 125, 7500].map(spanText)).toEqual(['12 s', '2 min', '2 h 05']);
});

it('writes French numbers in pairs and leaves others alone', () => {
  expect(phoneText('+33140000001')).toBe('+33 1 40 00 00 01');
  expect(phoneText('0472000001')).toBe('04 72 00 00 01');
  expect(phoneText('1001')).toBe('1001');
  expect(phoneText(null)).toBe('');
});

it('dials numbers only', () => {
  expect(dialable(' 01 40.00-00 01 ')).toBe('0140000001');
  expect(dialable('+33 (0)4 72')).toBe('+330472');
  for (const text of ['', '+', '01;02', '1&2', 'PJSIP/1001', '12a', '+'.repeat(3) + '12']) expect(dialable(text)).toBeUndefined();
});

it('searches without accents', () => expect(searchable('Zoé ÉLISE')).toBe('zoe elise'));
