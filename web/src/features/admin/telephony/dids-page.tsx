import { useTranslation } from 'react-i18next';
import { useNavigate, useParams } from 'react-router-dom';
import type { Did } from '@/lib/contract';
import { phoneText } from '@/lib/format';
import { useChoices, useNameOf } from '../choices';
import { DataTable, type Column } from '../data-table';
import { EditorDrawer } from '../editor-drawer';
import { ChoiceField, Section, TextField } from '../fields';
import { didKind } from '../kinds';
import { ListScreen } from '../list-screen';
import { useEditor } from '../use-editor';
import { useRows } from '../use-rows';
import { TelephonyTabs } from './telephony-tabs';

const searched = ['number', 'description'];
const valueOf = (did: Did, key: string) => did[key as keyof Did];

/** A number leads to a queue or to an IVR flow; choosing one gives the other up. */
function DidDrawer({ id, close }: { id: string; close: () => void }) {
  const { t } = useTranslation();
  const editor = useEditor(didKind, id);
  const trunks = useChoices('trunks');
  const queues = useChoices('queues');
  const flows = useChoices('ivrFlows');
  const { draft } = editor.state;
  return (
    <EditorDrawer editor={editor} name={phoneText(editor.state.base.number as string)} close={close} consequence={t('admin.did.removeText')}>
      <Section>
        <TextField name="number" label={t('admin.did.number')} type="tel" maxLength={32} placeholder="+33140000001" autoFocus />
        <TextField name="description" label={t('admin.description')} maxLength={500} />
        <ChoiceField name="trunkId" label={t('admin.trunk.one')} data={trunks} clearable placeholder={t('admin.noneChosen')} />
      </Section>
      <Section title={t('admin.did.target')} hint={t('admin.did.targetHint')} columns={2}>
        <ChoiceField name="queueId" label={t('admin.queue.one')} data={queues} clearable placeholder={draft.ivrFlowId ? '–' : t('admin.noneChosen')} />
        <ChoiceField name="ivrFlowId" label={t('admin.did.ivr')} data={flows} clearable placeholder={draft.queueId ? '–' : t('admin.noneChosen')} />
      </Section>
    </EditorDrawer>
  );
}

export default function DidsPage() {
  const { t } = useTranslation();
  const { id } = useParams();
  const navigate = useNavigate();
  const list = useRows('dids', 'number', valueOf, searched);
  const trunkName = useNameOf('trunks');
  const queueName = useNameOf('queues');
  const flowName = useNameOf('ivrFlows');
  const columns: Column<Did>[] = [
    { key: 'number', head: t('admin.did.number'), sortable: true, cell: (did) => <span className="num">{phoneText(did.number)}</span> },
    { key: 'description', head: t('admin.description'), sortable: true, cell: (did) => did.description || '–' },
    { key: 'trunkId', head: t('admin.trunk.one'), cell: (did) => trunkName(did.trunkId) || '–' },
    { key: 'target', head: t('admin.did.target'), cell: (did) => queueName(did.queueId) || flowName(did.ivrFlowId) || t('admin.did.nowhere') },
  ];
  return (
    <>
      <ListScreen kind={didKind} count={list.rows.length} state={list.state} empty={list.rows.length === 0} query={list.query} onQuery={list.setQuery} narrowed={list.narrowed} tabs={<TelephonyTabs />}>
        <DataTable label={t('admin.did.many')} rows={list.rows} columns={columns} hrefOf={(did) => `${didKind.home}/${encodeURIComponent(did.id)}`} sort={list.sort} onSort={list.setSort} />
      </ListScreen>
      {id !== undefined && <DidDrawer key={id} id={id} close={() => navigate(didKind.home)} />}
    </>
  );
}
