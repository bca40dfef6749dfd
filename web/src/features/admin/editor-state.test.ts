import { expect, it } from 'vitest';
import { changes, edited, freshArrived, isDirty, opened, problemOf, refused, rivalAccepted, rivalTaken, vanished } from './editor-state';

const start = opened({ name: 'Paris', ipAddress: null, list: [1] }, '"1"');

it('sends what was changed, and only that', () => {
  expect(isDirty(start)).toBe(false);
  const state = edited(edited(start, 'name', 'Lyon'), 'list', [1]);
  expect(changes(state)).toEqual({ name: 'Lyon' });
  expect(isDirty(edited(state, 'name', 'Paris'))).toBe(false);
});

it('shows the change of another at once to who has typed nothing', () => {
  const state = freshArrived(start, { name: 'Lyon', ipAddress: null, list: [1] }, '"2"');
  expect(state).toEqual(opened({ name: 'Lyon', ipAddress: null, list: [1] }, '"2"'));
});

it('keeps what was typed, lets the rest follow, and tells', () => {
  const state = freshArrived(edited(start, 'name', 'Nice'), { name: 'Lyon', ipAddress: '10.0.0.1', list: [1] }, '"2"');
  expect(state.draft).toEqual({ name: 'Nice', ipAddress: '10.0.0.1', list: [1] });
  expect(state.etag).toBe('"1"');
  expect(state.rival?.etag).toBe('"2"');
  expect(changes(state)).toEqual({ name: 'Nice' });
});

it('goes on over the version of the other', () => {
  const state = rivalAccepted(freshArrived(edited(start, 'name', 'Nice'), { name: 'Lyon', ipAddress: null, list: [2] }, '"2"'));
  expect(state.rival).toBeUndefined();
  expect(state.etag).toBe('"2"');
  expect(changes(state)).toEqual({ name: 'Nice' });
});

it('takes the version of the other', () => {
  const state = rivalTaken(freshArrived(edited(start, 'name', 'Nice'), { name: 'Lyon', ipAddress: null, list: [1] }, '"2"'));
  expect(state.draft.name).toBe('Lyon');
  expect(isDirty(state)).toBe(false);
  expect(state.etag).toBe('"2"');
});

it('follows a third version while nobody has decided', () => {
  const two = freshArrived(edited(start, 'name', 'Nice'), { name: 'Lyon', ipAddress: null, list: [1] }, '"2"');
  const three = freshArrived(two, { name: 'Lyon', ipAddress: null, list: [3] }, '"3"');
  expect(three.draft).toEqual({ name: 'Nice', ipAddress: null, list: [3] });
  expect(rivalAccepted(three).etag).toBe('"3"');
});

it('is not disturbed by news that it knows', () => {
  const typed = edited(start, 'name', 'Nice');
  expect(freshArrived(typed, { name: 'Paris', ipAddress: null, list: [1] }, '"1b"')).toEqual({ ...typed, etag: '"1b"' });
});

it('takes a complaint away when its field is corrected', () => {
  const state = refused(start, { 'list[2].endTime': 'La fin doit être après le début.', name: 'Requis.', names: 'Autre.' });
  expect(problemOf(state.problems, 'list')).toBe('La fin doit être après le début.');
  expect(edited(state, 'list', []).problems).toEqual({ name: 'Requis.', names: 'Autre.' });
  expect(edited(state, 'name', 'x').problems).toEqual({ 'list[2].endTime': 'La fin doit être après le début.', names: 'Autre.' });
});

it('knows that there is nothing left to save', () => expect(vanished(start).gone).toBe(true));
