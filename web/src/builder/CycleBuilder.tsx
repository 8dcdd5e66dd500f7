import { ActionIcon, Button } from '@mantine/core';
import { Link, useParams } from '@tanstack/react-router';
import { IconAdjustments, IconArrowLeft, IconArrowsShuffle, IconPlayerPlay, IconPlayerStop, IconVariable } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ActivateCycle, StopCycle } from '../account/cycleDialogs';
import { hueOf } from '../lib/format';
import { useAccount } from '../lib/queries';
import { may, useSession } from '../lib/session';
import { AccountTile } from '../ui/AccountTile';
import { LinkButton } from '../ui/links';
import { StatusPill } from '../ui/StatusPill';
import { cycleStatus } from '../ui/status';
import { Builder, type BarProps } from './Builder';
import { SavedText } from './SavedText';

// CycleBuilder is the builder of a cycle in an account.
export function CycleBuilder() {
  const { account, cycle } = useParams({ strict: false }) as { account: string; cycle: string };
  const { data: session } = useSession();
  return <Builder key={cycle} account={account} cycle={cycle} may={may(session, 'OpenAccount', 'Edit')} bar={(props) => <CycleBar account={account} {...props} />} />;
}

function CycleBar({ account, cycle, editor, edit, runOnce, showVariables, showSettings, narrow, ready }: BarProps & { account: string }) {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const known = useAccount(account, !session?.Account).data;
  const name = session?.Account?.Name ?? known?.Name ?? account;
  const [dialog, setDialog] = useState<'stop' | 'activate' | null>(null);
  const running = cycle?.Status === 'Active';
  const allowed = may(session, 'OpenAccount', 'Edit');
  return (
    <header className="pl-builder-bar">
      <div className={`pl-strip pl-hue pl-hue-${hueOf(account)}`} />
      <ActionIcon component={Link} to={`/a/${encodeURIComponent(account)}/cycles`} aria-label={t('builder.back')}>
        <IconArrowLeft size={18} />
      </ActionIcon>
      {!narrow && <AccountTile id={account} name={name} />}
      <div className="pl-builder-name">
        <strong title={cycle?.Name}>{cycle?.Name}</strong>
        <span>{name}</span>
      </div>
      {cycle && <StatusPill status={cycleStatus(cycle)} />}
      <span className="pl-bar-space" />
      {edit && !narrow && <SavedText saving={editor.saving} />}
      {!narrow && (
        <>
          <Button variant="subtle" color="gray" leftSection={<IconVariable size={15} />} onClick={showVariables}>
            {t('builder.variables')}
          </Button>
          <Button variant="subtle" color="gray" leftSection={<IconAdjustments size={15} />} onClick={showSettings}>
            {t('builder.settings')}
          </Button>
          <LinkButton to="/a/$account/transactions" params={{ account }} search={{ cycle: cycle?.Id } as never} leftSection={<IconArrowsShuffle size={14} />}>
            {t('nav.transactions')}
          </LinkButton>
          {edit && (
            <Button leftSection={<IconPlayerPlay size={14} />} onClick={runOnce} disabled={!ready}>
              {t('cycles.runOnce')}
            </Button>
          )}
        </>
      )}
      {allowed && cycle && (
        running ? (
          <Button leftSection={<IconPlayerStop size={14} />} onClick={() => setDialog('stop')}>
            {t('cycles.stop')}
          </Button>
        ) : (
          !narrow && (
            <Button variant="filled" leftSection={<IconPlayerPlay size={14} />} onClick={() => setDialog('activate')} disabled={!ready}>
              {t('cycles.activate')}
            </Button>
          )
        )
      )}
      {dialog === 'stop' && cycle && <StopCycle account={account} cycle={cycle} close={() => setDialog(null)} />}
      {dialog === 'activate' && cycle && <ActivateCycle account={account} cycle={cycle} close={() => setDialog(null)} />}
    </header>
  );
}
