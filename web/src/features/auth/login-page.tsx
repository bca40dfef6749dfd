import { Alert, Button, PasswordInput, TextInput } from '@mantine/core';
import { IconAlertCircle, IconCheck, IconClockHour4, IconInfoCircle } from '@tabler/icons-react';
import { useEffect, useRef, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { BrandMark } from '@/components/brand-mark';
import { LanguageSwitch, ThemeSwitch } from '@/components/preference-switches';
import { ApiError } from '@/lib/api-client';
import { errorText } from '@/lib/error-text';
import { signIn, useSession } from '@/stores/session-store';
import { Stopped, patiently, type WaitNote } from './patient-sign-in';
import { useEndText } from './use-end-text';
import classes from './login-page.module.css';

function LoginForm() {
  const { t } = useTranslation();
  const endText = useEndText(useSession((session) => session.end));
  const [loginId, setLoginId] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const [wait, setWait] = useState<WaitNote>();
  const trying = useRef<AbortController>();
  useEffect(() => () => trying.current?.abort(), []);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setFailure(undefined);
    const stop = trying.current = new AbortController();
    try {
      await patiently(() => signIn(loginId.trim(), password), { onWait: setWait, signal: stop.signal });
    } catch (error) {
      if (error instanceof Stopped) return setBusy(false);
      const refused = error instanceof ApiError && error.status === 401;
      setFailure(refused ? t('auth.badCredentials') : errorText(error));
      setBusy(false);
    }
  }

  return (
    <form className={classes.form} onSubmit={(event) => void submit(event)} data-testid="login-form">
      <div className={classes.mobileBrand}><BrandMark /><strong>{t('app.name')}</strong></div>
      <h1 className={classes.title}>{t('auth.title')}</h1>
      <p className={classes.subtitle}>{t('auth.subtitle')}</p>
      {endText && !failure && <Alert color="yellow" icon={<IconInfoCircle />} data-testid="login-notice">{endText}</Alert>}
      {failure && <Alert color="red" icon={<IconAlertCircle />} role="alert" data-testid="login-error">{failure}</Alert>}
      {wait && (
        <Alert color="yellow" icon={<IconClockHour4 />} title={t('auth.waitTitle')} data-testid="login-wait">
          <span role="status">{t('auth.waitText')}</span>{' '}
          <span aria-hidden="true">{t('auth.waitLeft', { seconds: wait.seconds, attempt: wait.attempt, attempts: wait.attempts })}</span>
        </Alert>
      )}
      <TextInput
        label={t('auth.loginId')} value={loginId} onChange={(event) => setLoginId(event.currentTarget.value)} readOnly={busy}
        autoComplete="username" autoFocus required withAsterisk={false} size="md" data-testid="login-id"
      />
      <PasswordInput
        label={t('auth.password')} value={password} onChange={(event) => setPassword(event.currentTarget.value)} readOnly={busy}
        autoComplete="current-password" required withAsterisk={false} size="md" data-testid="login-password"
      />
      <Button type="submit" size="md" fullWidth loading={busy} data-testid="login-submit">{t('auth.submit')}</Button>
      {wait && (
        <Button variant="default" size="md" fullWidth onClick={() => trying.current?.abort()} data-testid="login-stop">{t('auth.waitStop')}</Button>
      )}
    </form>
  );
}

export default function LoginPage() {
  const { t } = useTranslation();
  return (
    <div className={classes.page}>
      <aside className={classes.side}>
        <div className={classes.brand}><BrandMark size={36} /><strong>{t('app.name')}</strong></div>
        <div>
          <p className={classes.claim}>{t('auth.claim')}</p>
          <ul className={classes.points}>
            {['point1', 'point2', 'point3'].map((point) => (
              <li key={point}><IconCheck size={18} aria-hidden="true" />{t(`auth.${point}`)}</li>
            ))}
          </ul>
        </div>
        <span className={classes.foot}>{t('app.tagline')}</span>
      </aside>
      <main className={classes.main}>
        <div className={classes.switches}><LanguageSwitch /><ThemeSwitch /></div>
        <LoginForm />
      </main>
    </div>
  );
}
