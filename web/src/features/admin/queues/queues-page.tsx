import { useTranslation } from 'react-i18next';
import { useNavigate, useParams } from 'react-router-dom';
import type { Queue } from '@/lib/contract';
import { useLive } from '@/stores/live-store';
import { DataTable, type Column } from '../data-table';
import { queueKind } from '../kinds';
import { ListScreen } from '../list-screen';
import { useRows } from '../use-rows';
import { QueueDrawer } from './queue-drawer';

const searched = ['name'];
const valueOf = (queue: Queue, key: string) => (key === 'members' ? queue.memberIds?.length : queue[key as keyof Queue]);

function Waiting({ id }: { id: string }) {
  const waiting = useLive((live) => live.queues[id]?.waiting);
  return <span className="num">{waiting ?? '–'}</span>;
}

export default function QueuesPage() {
  const { t } = useTranslation();
  const { id } = useParams();
  const navigate = useNavigate();
  const list = useRows('queues', 'name', valueOf, searched);
  const columns: Column<Queue>[] = [
    { key: 'name', head: t('admin.name'), sortable: true, cell: (queue) => queue.name },
    { key: 'strategy', head: t('admin.queue.strategy'), cell: (queue) => (queue.strategy ? t(`admin.strategy.${queue.strategy}`) : '–') },
    { key: 'priority', head: t('admin.priority'), sortable: true, right: true, cell: (queue) => <span className="num">{queue.priority ?? 0}</span> },
    { key: 'members', head: t('admin.queue.members'), sortable: true, right: true, cell: (queue) => <span className="num">{queue.memberIds?.length ?? 0}</span> },
    { key: 'target', head: t('queue.sl'), wideOnly: true, right: true, cell: (queue) => (queue.serviceLevelTarget ? <span className="num">{queue.serviceLevelTarget.percent} % / {queue.serviceLevelTarget.seconds} s</span> : '–') },
    { key: 'waiting', head: t('kpi.waiting'), right: true, cell: (queue) => <Waiting id={queue.id} /> },
  ];
  return (
    <>
      <ListScreen kind={queueKind} count={list.rows.length} state={list.state} empty={list.rows.length === 0} query={list.query} onQuery={list.setQuery} narrowed={list.narrowed}>
        <DataTable label={t('admin.queue.many')} rows={list.rows} columns={columns} hrefOf={(queue) => `${queueKind.home}/${encodeURIComponent(queue.id)}`} sort={list.sort} onSort={list.setSort} />
      </ListScreen>
      {id !== undefined && <QueueDrawer key={id} id={id} close={() => navigate(queueKind.home)} />}
    </>
  );
}
