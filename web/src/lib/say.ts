import { notifications } from '@mantine/notifications';
import { errorText } from './error-text';

/** A short word to the user, gone after a few seconds. */
export function say(color: 'green' | 'blue' | 'red', message: string): void {
  // That something worked needs no studying.
  notifications.show({ message, color, autoClose: color === 'green' ? 3_000 : undefined });
}

export function sayError(error: unknown): void {
  say('red', errorText(error));
}
