import { ActionIcon, Button, CloseButton, Indicator, Popover } from '@mantine/core';
import { IconAlertTriangle, IconBell, IconHandStop, IconMessage } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { MessageDialog } from '@/components/message-dialog';
import { isSupervisor } from '@/lib/roles';
import { dismissNotice, markNoticesRead, useNotices } from '@/stores/live-store';
import type { Notice, NoticeKind } from '@/stores/notice-state';
import { useSession } from '@/stores/session-store';
import { useNoticeText } from './notice-text';
import classes from './notice-center.module.css';

const icons: Record<NoticeKind, typeof IconBell> = {
  'raised-hand': IconHandStop, 'agent-message': IconMessage, 'supervisor-message': IconMessage,
  alert: IconAlertTriangle, refusal: IconAlertTriangle,
};

interface LineProps { notice: Notice; onReply?: (notice: Notice) => void }

function NoticeLine({ notice, onReply }: LineProps) {
  const { t, i18n } = useTranslation();
  const { title, body } = useNoticeText()(notice);
  const Icon = icons[notice.kind];
  return (
    <li className={classes.line} data-kind={notice.kind} data-testid={`notice-${notice.kind}`}>
      <Icon size={18} aria-hidden="true" className={classes.icon} />
      <div className={classes.text}>
        <strong>{title}</strong>
        {body && <span>{body}</span>}
        <span className="dim num">{new Date(notice.at).toLocaleTimeString(i18n.language, { hour: '2-digit', minute: '2-digit' })}</span>
      </div>
      {onReply && <Button size="compact-xs" variant="light" onClick={() => onReply(notice)}>{t('notice.reply')}</Button>}
      <CloseButton size="sm" aria-label={t('notice.dismiss')} onClick={() => dismissNotice(notice.id)} />
    </li>
  );
}

/** The bell: everything that asked for attention, until it is dismissed. */
export function NoticeCenter() {
  const { t } = useTranslation();
  const { list, unread } = useNotices();
  const supervisor = useSession((session) => isSupervisor(session.user?.role));
  const [open, setOpen] = useState(false);
  const [replyTo, setReplyTo] = useState<Notice>();
  const change = (next: boolean) => { setOpen(next); if (next) markNoticesRead(); };
  return (
    <>
      <Popover opened={open} onChange={change} position="bottom-end" width={340} shadow="md">
        <Popover.Target>
          <Indicator label={unread} size={17} offset={4} disabled={unread === 0} color="red" inline>
            <ActionIcon
              variant="default" size="lg" aria-label={t('notice.title')} aria-expanded={open}
              onClick={() => change(!open)} data-testid="notice-bell"
            ><IconBell size={18} /></ActionIcon>
          </Indicator>
        </Popover.Target>
        <Popover.Dropdown p={0}>
          <div className={classes.head}>{t('notice.title')}</div>
          {list.length === 0 ? <p className={classes.none}>{t('notice.none')}</p> : (
            <ul className={classes.list}>
              {list.map((notice) => (
                <NoticeLine
                  key={notice.id} notice={notice}
                  onReply={supervisor && notice.agentId ? (target) => { setReplyTo(target); setOpen(false); } : undefined}
                />
              ))}
            </ul>
          )}
        </Popover.Dropdown>
      </Popover>
      <MessageDialog agentId={replyTo?.agentId} name={replyTo?.from} onClose={() => setReplyTo(undefined)} />
    </>
  );
}
