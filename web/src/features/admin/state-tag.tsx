import classes from './state-tag.module.css';

/** A state in a word: good (in use), off (not), warn. */
export function StateTag({ tone, text, testId }: { tone: 'good' | 'off' | 'warn'; text: string; testId?: string }) {
  return <span className={classes.tag} data-tone={tone} data-testid={testId}>{text}</span>;
}
