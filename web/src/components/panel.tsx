import type { ReactNode } from 'react';
import classes from './panel.module.css';

interface Props { title: string; count?: number; aside?: ReactNode; children: ReactNode; testId?: string }

/** A titled card of the page. */
export function Panel({ title, count, aside, children, testId }: Props) {
  return (
    <section className={classes.panel} aria-label={title} data-testid={testId}>
      <header className={classes.head}>
        <h2 className={classes.title}>{title}</h2>
        {count !== undefined && <span className={`${classes.count} num`}>{count}</span>}
        <span className={classes.aside}>{aside}</span>
      </header>
      {children}
    </section>
  );
}

/** What a list says when it has nothing to show. */
export function EmptyState({ icon, text, hint }: { icon?: ReactNode; text: string; hint?: string }) {
  return (
    <div className={classes.empty}>
      {icon}
      <span className={classes.emptyText}>{text}</span>
      {hint && <span>{hint}</span>}
    </div>
  );
}
