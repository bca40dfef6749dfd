import type { ReactNode } from 'react';
import classes from './preview-table.module.css';

/** A small table of texts, scrolled sideways where it is too wide. */
export function PreviewTable({ label, heads, rows, testId }: { label: string; heads: readonly ReactNode[]; rows: readonly (readonly ReactNode[])[]; testId?: string }) {
  return (
    <div className={classes.scroll} tabIndex={0} role="region" aria-label={label} data-testid={testId}>
      <table className={classes.table}>
        <thead><tr>{heads.map((head, index) => <th key={index} scope="col">{head}</th>)}</tr></thead>
        <tbody>{rows.map((row, index) => <tr key={index}>{heads.map((_, at) => <td key={at}>{row[at]}</td>)}</tr>)}</tbody>
      </table>
    </div>
  );
}
