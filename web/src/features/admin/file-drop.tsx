import { Button } from '@mantine/core';
import { IconFileSpreadsheet } from '@tabler/icons-react';
import { useRef, useState, type DragEvent } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './file-drop.module.css';

interface Props { accept: string; hint: string; onFile: (file: File) => void; disabled?: boolean }

/** A place to choose a file or to drop one. */
export function FileDrop({ accept, hint, onFile, disabled }: Props) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  function drop(event: DragEvent) {
    event.preventDefault();
    setOver(false);
    const [file] = event.dataTransfer.files;
    if (file && !disabled) onFile(file);
  }
  return (
    <div className={classes.drop} data-over={over || undefined} onDragOver={(event) => { event.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)} onDrop={drop}>
      <IconFileSpreadsheet size={30} stroke={1.5} aria-hidden="true" />
      <Button variant="light" disabled={disabled} onClick={() => input.current?.click()}>{t('admin.file.choose')}</Button>
      <span className="dim">{hint}</span>
      <input
        ref={input} type="file" accept={accept} className="sr-only" tabIndex={-1} aria-label={t('admin.file.choose')} disabled={disabled} data-testid="file-input"
        onChange={(event) => { const file = event.currentTarget.files?.[0]; if (file) onFile(file); event.currentTarget.value = ''; }}
      />
    </div>
  );
}
