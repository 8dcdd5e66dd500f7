package api

import (
	"context"
	"net/http"

	"paceline"
	"paceline/server/api/wire"
	"paceline/tenant"
)

type settingsIn struct {
	StepDataSuccessRetentionHours          wire.Opt[int] `doc:"Hours, at most 744; null: 744."`
	StepDataErroredRetentionHours          wire.Opt[int] `doc:"Hours, at most 744; null: 744."`
	TransactionErrorWebhookEnabled         wire.Opt[bool]
	TransactionErrorWebhookUrl             wire.Opt[string]
	TransactionErrorWebhookIncludeWarnings wire.Opt[bool]
	NotificationWebhookEnabled             wire.Opt[bool]
	NotificationWebhookUrl                 wire.Opt[string]     `doc:"Told of cycles that an error has paused."`
	ConcurrentTransactions                 wire.Opt[int]        `doc:"Steps of one account that run at once; null or 0: 50."`
	Origins                                wire.Opt[[]string]   `doc:"Web origins, such as https://app.example.com, to which pages may send people back."`
	InlineOAuth                            wire.Opt[bool]       `doc:"Whether pages ask for a vendor's consent where they are."`
	AccountInterfaceInFrames               wire.Opt[bool]       `doc:"Whether pages of the origins may have the account interface in a frame; needs https."`
	ConnectorSigners                       wire.Opt[[]signerIn] `doc:"Whose signatures on connectors are trusted; null: nobody's."`
	SignedConnectors                       wire.Opt[bool]       `doc:"Whether connectors must be signed by one of them."`
	RequireSecondFactor                    wire.Opt[bool]       `doc:"Whether people may use the console only with an authenticator app. Who has none is asked to set one up at the next call."`
	LegacyPasswordGrant                    wire.Opt[bool]       `doc:"Loosens safety: the token endpoint takes the password grant."`
	EchoAuthValue                          wire.Opt[bool]       `doc:"Loosens safety: reads of account connectors show credentials."`
	TokenByGet                             wire.Opt[bool]       `doc:"Loosens safety: the token endpoint takes GET."`
	AnyTargetOrigin                        wire.Opt[bool]       `doc:"Loosens safety: pages send people back to any address."`
}

type settingsOut struct {
	StepDataSuccessRetentionHours          *int `doc:"null: 744."`
	StepDataErroredRetentionHours          *int `doc:"null: 744."`
	TransactionErrorWebhookEnabled         bool
	TransactionErrorWebhookUrl             string
	TransactionErrorWebhookIncludeWarnings bool
	NotificationWebhookEnabled             bool
	NotificationWebhookUrl                 string
	ConcurrentTransactions                 int `doc:"0: 50."`
	Origins                                []string
	InlineOAuth                            bool
	AccountInterfaceInFrames               bool
	ConnectorSigners                       []signerOut
	SignedConnectors                       bool
	RequireSecondFactor                    bool
	LegacyPasswordGrant                    bool
	EchoAuthValue                          bool
	TokenByGet                             bool
	AnyTargetOrigin                        bool
	EgressAddresses                        []string `doc:"Addresses and networks that calls of connectors come from, for firewalls that let only known ones in. The operator names them; here they are only read."`
}

// signerIn is somebody who signs connectors.
type signerIn struct {
	Key  wire.Opt[string] `doc:"ed25519: and the public key in base64."`
	Name wire.Opt[string]
}

type signerOut struct{ Key, Name string }

type settingsInput struct {
	Body *wire.Body[settingsIn]
}

func (a *API) settings() {
	add(a, Route{ID: "Settings_GET", Method: http.MethodGet, Path: "/settings", Tag: accountsTag, Level: Partner, Extension: true,
		Right: tenant.AreaSettings, RightAs: paceline.ViewRight, Summary: "The partner's defaults, which accounts and cycles override, and its settings of safety."}, a.settingsGet)
	add(a, Route{ID: "Settings_PUT", Method: http.MethodPut, Path: "/settings", Tag: accountsTag, Level: Partner, Extension: true,
		Right: tenant.AreaSettings, RightAs: paceline.EditRight, Summary: "Change them; absent properties stay as they are."}, a.settingsSet)
}

func (a *API) settingsGet(ctx context.Context, c *Call, _ *struct{}) (settingsOut, error) {
	s, err := a.tenant.Settings(ctx, c.Principal)
	return a.settingsWire(s), err
}

func (a *API) settingsSet(ctx context.Context, c *Call, in *settingsInput) (out settingsOut, err error) {
	b, _, err := in.Body.Read()
	if err != nil {
		return out, err
	}
	s, err := a.tenant.UpdateSettings(ctx, c.Principal, tenant.SettingsPatch{
		SuccessRetentionHours: patch(b.StepDataSuccessRetentionHours), ErrorRetentionHours: patch(b.StepDataErroredRetentionHours),
		ErrorWebhookEnabled: patch(b.TransactionErrorWebhookEnabled), ErrorWebhookURL: patch(b.TransactionErrorWebhookUrl),
		ErrorWebhookIncludeWarnings: patch(b.TransactionErrorWebhookIncludeWarnings), ConcurrentTransactions: patch(b.ConcurrentTransactions),
		NotificationWebhookEnabled: patch(b.NotificationWebhookEnabled), NotificationWebhookURL: patch(b.NotificationWebhookUrl),
		Origins: patch(b.Origins), InlineOAuth: patch(b.InlineOAuth), LegacyPasswordGrant: patch(b.LegacyPasswordGrant),
		EchoAuthValue: patch(b.EchoAuthValue), TokenByGet: patch(b.TokenByGet), AnyTargetOrigin: patch(b.AnyTargetOrigin),
		AccountInFrames: patch(b.AccountInterfaceInFrames), Signers: signersPatch(b.ConnectorSigners), SignedConnectors: patch(b.SignedConnectors), RequireSecondFactor: patch(b.RequireSecondFactor),
	})
	return a.settingsWire(s), err
}

func signersPatch(in wire.Opt[[]signerIn]) tenant.Patch[[]paceline.Signer] {
	list := patch(in)
	out := tenant.Patch[[]paceline.Signer]{Set: list.Set, Null: list.Null}
	for _, s := range list.Value {
		out.Value = append(out.Value, paceline.Signer{Key: s.Key.Value, Name: s.Name.Value})
	}
	return out
}

func (a *API) settingsWire(s paceline.PartnerSettings) settingsOut {
	c := s.Compatibility
	return settingsOut{
		StepDataSuccessRetentionHours: s.Retention.SuccessHours, StepDataErroredRetentionHours: s.Retention.ErrorHours,
		TransactionErrorWebhookEnabled: s.ErrorWebhook.Enabled, TransactionErrorWebhookUrl: s.ErrorWebhook.URL,
		TransactionErrorWebhookIncludeWarnings: s.ErrorWebhook.IncludeWarnings, ConcurrentTransactions: s.ConcurrentTransactions,
		NotificationWebhookEnabled: s.NotificationWebhook.Enabled, NotificationWebhookUrl: s.NotificationWebhook.URL,
		Origins: wire.List(s.Origins), InlineOAuth: s.InlineOAuth, AccountInterfaceInFrames: s.AccountInFrames, LegacyPasswordGrant: c.LegacyPasswordGrant,
		EchoAuthValue: c.EchoAuthValue, TokenByGet: c.TokenByGet, AnyTargetOrigin: c.AnyTargetOrigin,
		ConnectorSigners: translate(s.Signers, func(s paceline.Signer) signerOut { return signerOut(s) }), SignedConnectors: s.SignedConnectors, RequireSecondFactor: s.RequireSecondFactor,
		EgressAddresses: wire.List(a.EgressAddresses),
	}
}
