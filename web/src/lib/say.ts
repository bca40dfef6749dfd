import { notifications } from '@mantine/notifications';
import { errorText } from './error-text';

/** A short word to the user, gone after a few seconds. */
export function say(color: 'green' | 'blue' | 'red', message: string): void {
  notifications.show({ message, color });
}

export function sayError(error: unknown): void {
  say('red', errorText(error));
}
