import { useTranslation } from 'react-i18next';
import type { Notice } from '@/stores/notice-state';

export interface NoticeText { title: string; body?: string }

/** Title and body of a notice in the reader's language. */
export function useNoticeText(): (notice: Notice) => NoticeText {
  const { t, i18n } = useTranslation();
  return (notice) => {
    switch (notice.kind) {
      case 'raised-hand': return { title: t('notice.raisedHand', { from: notice.from }) };
      case 'agent-message': return { title: t('notice.agentMessage', { from: notice.from }), body: notice.text };
      case 'supervisor-message':
        return { title: t('notice.supervisorMessage', { from: notice.from ?? t('notice.supervisor') }), body: notice.text };
      case 'alert': return { title: t('notice.alert'), body: notice.text };
      case 'refusal': return {
        title: t('notice.refusal'),
        body: (i18n.language === 'fr' && notice.text) || t([`errors.${notice.code}`, 'errors.generic']),
      };
    }
  };
}
