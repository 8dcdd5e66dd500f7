package app

import "context"

// CredentialLock is the input of LockCredentials: Lock locks all credentials of the installation, else they are unlocked.
type CredentialLock struct{ Lock bool }

// CredentialsLocked is what it came to.
type CredentialsLocked struct{ Changed bool }

func (b *Base) lockCredentials(ctx context.Context, in CredentialLock) (out CredentialsLocked, err error) {
	out.Changed, err = b.Tenant.LockCredentials(ctx, in.Lock)
	return out, err
}
