import { MantineProvider } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { Notifications } from '@mantine/notifications';
import { lazy, Suspense, type ReactNode } from 'react';
import { BrowserRouter, Navigate, Route, Routes } from 'react-router-dom';
import { FullPageState } from '@/components/full-page-state';
import { isSupervisor } from '@/lib/roles';
import { restoreSession, useSession } from '@/stores/session-store';
import { AppLayout } from './app-layout';
import { colorSchemeManager, theme } from './theme';

const LoginPage = lazy(() => import('@/features/auth/login-page'));
const SupervisionPage = lazy(() => import('@/features/supervision/supervision-page'));
const AgentPage = lazy(() => import('@/features/agent/agent-page'));
const UsersPage = lazy(() => import('@/features/admin/users/users-page'));
const SitesPage = lazy(() => import('@/features/admin/telephony/sites-page'));
const TrunksPage = lazy(() => import('@/features/admin/telephony/trunks-page'));
const DidsPage = lazy(() => import('@/features/admin/telephony/dids-page'));
const QueuesPage = lazy(() => import('@/features/admin/queues/queues-page'));
const CampaignsPage = lazy(() => import('@/features/admin/campaigns/campaigns-page'));
const CampaignPage = lazy(() => import('@/features/admin/campaigns/campaign-page'));

function SignedInRoutes() {
  const role = useSession((session) => session.user?.role);
  const home = isSupervisor(role) ? '/supervision' : '/agent';
  const only = (allowed: boolean, page: ReactNode) => (allowed ? page : <Navigate to={home} replace />);
  return (
    <Routes>
      <Route element={<AppLayout />}>
        <Route path="/supervision" element={only(isSupervisor(role), <SupervisionPage />)} />
        <Route path="/agent" element={only(!isSupervisor(role), <AgentPage />)} />
        <Route path="/utilisateurs/:id?" element={only(isSupervisor(role), <UsersPage />)} />
        <Route path="/telephonie" element={<Navigate to="/telephonie/sites" replace />} />
        <Route path="/telephonie/sites/:id?" element={only(isSupervisor(role), <SitesPage />)} />
        <Route path="/telephonie/trunks/:id?" element={only(isSupervisor(role), <TrunksPage />)} />
        <Route path="/telephonie/numeros/:id?" element={only(isSupervisor(role), <DidsPage />)} />
        <Route path="/files/:id?" element={only(isSupervisor(role), <QueuesPage />)} />
        <Route path="/campagnes" element={only(isSupervisor(role), <CampaignsPage />)} />
        <Route path="/campagnes/:id" element={only(isSupervisor(role), <CampaignPage />)} />
        <Route path="*" element={<Navigate to={home} replace />} />
      </Route>
    </Routes>
  );
}

/** Out of the way of the buttons of forms. */
function Toasts() {
  const narrow = useMediaQuery('(max-width: 720px)', undefined, { getInitialValueInEffect: false });
  return <Notifications position={narrow ? 'top-center' : 'bottom-left'} autoClose={6000} limit={4} />;
}

function Phase() {
  const phase = useSession((session) => session.phase);
  switch (phase) {
    case 'starting': return <FullPageState />;
    case 'unreachable': return <FullPageState onRetry={() => void restoreSession()} />;
    case 'signed-out': return (
      <Routes>
        <Route path="/login" element={<LoginPage />} />
        <Route path="*" element={<Navigate to="/login" replace />} />
      </Routes>
    );
    case 'signed-in': return <SignedInRoutes />;
  }
}

export function App() {
  return (
    <MantineProvider
      theme={theme} colorSchemeManager={colorSchemeManager} defaultColorScheme="auto"
      withCssVariables={false} withGlobalClasses={false}
    >
      <Toasts />
      <BrowserRouter future={{ v7_startTransition: true, v7_relativeSplatPath: true }}>
        <Suspense fallback={<FullPageState />}><Phase /></Suspense>
      </BrowserRouter>
    </MantineProvider>
  );
}
