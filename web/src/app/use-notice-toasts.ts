import { notifications } from '@mantine/notifications';
import { useEffect, useRef } from 'react';
import { useNotices } from '@/stores/live-store';
import type { NoticeKind } from '@/stores/notice-state';
import { useNoticeText } from './notice-text';

const colors: Record<NoticeKind, string> = {
  'raised-hand': 'yellow', 'agent-message': 'blue', 'supervisor-message': 'blue', alert: 'red', refusal: 'red',
};

/** Shows each new notice once. */
export function useNoticeToasts(): void {
  const text = useNoticeText();
  const list = useNotices((notices) => notices.list);
  const shown = useRef(new Set<string>());
  useEffect(() => {
    for (const notice of list) {
      if (shown.current.has(notice.id)) continue;
      shown.current.add(notice.id);
      const { title, body } = text(notice);
      notifications.show({ id: notice.id, title, message: body ?? '', color: colors[notice.kind] });
    }
  }, [list, text]);
}
