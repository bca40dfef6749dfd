import { Button, Tabs } from '@mantine/core';
import { IconArrowLeft, IconTrash } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router-dom';
import { isAdministrator } from '@/lib/roles';
import { say } from '@/lib/say';
import { useDirectory } from '@/stores/live-store';
import { useSession } from '@/stores/session-store';
import { problemOf } from '../editor-state';
import { useGuardedClose, useRemoval } from '../editor-drawer';
import { EditorForm } from '../editor-form';
import { campaignKind, newId } from '../kinds';
import { useEditor, type Editor } from '../use-editor';
import { AgentsTab } from './agents-tab';
import { ContactsTab } from './contacts-tab';
import { DialingTab } from './dialing-tab';
import { GeneralTab } from './general-tab';
import { RulesTab } from './rules-tab';
import { RunControls } from './run-controls';
import { ScheduleTab } from './schedule-tab';
import classes from './campaign-page.module.css';

/** The form's tabs, each with its fields: a refused field opens its tab. */
const tabs = {
  general: ['name', 'description', 'callerId', 'scriptId', 'qualificationGroupId', 'priority', 'timezone', 'complianceProfile', 'recordingEnabled', 'recordingBeep'],
  dialing: ['dialingMode', 'maxAbandonRate', 'paceFactor', 'minAgentsBeforeStart', 'retryAttempts', 'retryIntervals', 'retryOnStatus', 'amdEnabled',
    'amdConfidence', 'voicemailAction', 'maxRingDuration', 'wrapUpTime', 'maxCallDuration'],
  agents: ['assignedUserIds'],
  schedule: ['schedule'],
  rules: ['quotasEnabled', 'quotaRules', 'filterRules', 'unlockTimeoutsEnabled', 'unlockTimeoutMinutes'],
} as const;
type TabName = keyof typeof tabs;
const tabNames = Object.keys(tabs) as TabName[];
const contactsTab = 'contacts';

const isWrong = (editor: Editor, tab: TabName) => tabs[tab].some((name) => problemOf(editor.state.problems, name) !== undefined);

/** The first tab with a refused field comes forward. */
function useTab(editor: Editor, first: string) {
  const [tab, setTab] = useState<string>(first);
  const { problems } = editor.state;
  useEffect(() => {
    const wrong = tabNames.find((name) => isWrong(editor, name));
    if (wrong && !(tabNames.includes(tab as TabName) && isWrong(editor, tab as TabName))) setTab(wrong);
    // Only when a save came back.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [problems]);
  return [tab, setTab] as const;
}

function TabRow({ editor, isNew }: { editor: Editor; isNew: boolean }) {
  const { t } = useTranslation();
  return (
    <Tabs.List className={classes.tabs}>
      {!isNew && <Tabs.Tab value={contactsTab} data-testid="tab-contacts">{t('admin.campaign.contacts')}</Tabs.Tab>}
      {tabNames.map((name) => (
        <Tabs.Tab key={name} value={name} data-testid={`tab-${name}`} data-wrong={isWrong(editor, name) || undefined}>
          {t(`admin.campaign.tab.${name}`)}{isWrong(editor, name) && <span className={classes.wrong} aria-label={t('admin.checkFields')} />}
        </Tabs.Tab>
      ))}
    </Tabs.List>
  );
}

function Head({ editor, name }: { editor: Editor; name: string }) {
  const { t } = useTranslation();
  const campaign = useDirectory((directory) => (editor.id ? directory.campaigns[editor.id] : undefined));
  return (
    <header className={classes.head}>
      <Link to={campaignKind.home} className={classes.back}><IconArrowLeft size={17} aria-hidden="true" />{t('admin.campaign.many')}</Link>
      <h1 className={classes.title}>{name || t('admin.campaign.new')}</h1>
      {editor.id !== undefined && editor.phase === 'ready' && <RunControls id={editor.id} name={name} active={campaign?.isActive ?? false} held={campaign?.contactStats?.locked ?? 0} />}
    </header>
  );
}

function CampaignForm({ id }: { id: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const editor = useEditor(campaignKind, id);
  const mayWrite = useSession((session) => isAdministrator(session.user?.role));
  const isNew = editor.id === undefined;
  const [tab, setTab] = useTab(editor, isNew ? 'general' : contactsTab);
  const name = editor.state.base.name as string;
  const total = useDirectory((directory) => (editor.id ? directory.campaigns[editor.id]?.contactStats?.total : undefined)) ?? 0;
  const goHome = () => navigate(campaignKind.home);
  const leave = useGuardedClose(editor, goHome);
  const remove = useRemoval(editor, name, t('admin.campaign.removeText', { count: total }), goHome);
  async function submit() {
    const saved = await editor.save();
    if (!saved) return;
    say('green', t(isNew ? 'admin.created' : 'admin.saved'));
    if (isNew) navigate(`${campaignKind.home}/${encodeURIComponent(saved.id)}`, { replace: true });
    else editor.retry();
  }
  return (
    <div className={classes.page} data-testid="campaign-page">
      <Head editor={editor} name={name} />
      <div className={classes.card}>
        <Tabs value={tab} onChange={(value) => { if (value) setTab(value); }} keepMounted={false}>
          <TabRow editor={editor} isNew={isNew} />
          {tab === contactsTab && editor.id !== undefined && <Tabs.Panel value={contactsTab}><ContactsTab campaignId={editor.id} /></Tabs.Panel>}
        </Tabs>
        {tab !== contactsTab && (
          <EditorForm
            editor={editor} readOnly={!mayWrite} onSubmit={() => void submit()} onCancel={leave}
            extra={mayWrite && !isNew && <Button variant="subtle" color="red" leftSection={<IconTrash size={16} />} disabled={editor.busy} onClick={() => void remove()} data-testid="form-remove">{t('admin.remove')}</Button>}
          >
            {tab === 'general' && <GeneralTab />}
            {tab === 'dialing' && <DialingTab />}
            {tab === 'agents' && <AgentsTab />}
            {tab === 'schedule' && <ScheduleTab />}
            {tab === 'rules' && <RulesTab />}
          </EditorForm>
        )}
      </div>
    </div>
  );
}

/** One campaign: its contacts, and everything that can be set. */
export default function CampaignPage() {
  const { id = newId } = useParams();
  return <CampaignForm key={id} id={id} />;
}
