package paceline

// Code names one message of the catalogue. Codes are stable: clients may rely on them.
type Code string

type message struct {
	kind Kind
	text string
}

// Codes of API errors.
const (
	CodeDenied              Code = "denied"
	CodeSecondFactor        Code = "second_factor"
	CodeFactorMissing       Code = "second_factor_missing"
	CodeAccountHeader       Code = "account_header"
	CodeForbidden           Code = "forbidden"
	CodeIPNotAllowed        Code = "ip_not_allowed"
	CodeBodyInvalid         Code = "body_invalid"
	CodeBodyMissing         Code = "body_missing"
	CodeBodyTooLarge        Code = "body_too_large"
	CodeBodyTooDeep         Code = "body_too_deep"
	CodeRequestInvalid      Code = "request_invalid"
	CodeFieldInvalid        Code = "field_invalid"
	CodeNotFound            Code = "not_found"
	CodeNoRoute             Code = "no_route"
	CodeMethodNotAllowed    Code = "method_not_allowed"
	CodeMediaType           Code = "media_type"
	CodeContentEncoding     Code = "content_encoding"
	CodeBusy                Code = "busy"
	CodeCredentialsLocked   Code = "credentials_locked"
	CodeThrottled           Code = "throttled"
	CodeShuttingDown        Code = "shutting_down"
	CodeNameRequired        Code = "name_required"
	CodeAccountIDInUse      Code = "account_id_in_use"
	CodeAccountIDInvalid    Code = "account_id_invalid"
	CodeParentNotFound      Code = "parent_not_found"
	CodeTimezoneInvalid     Code = "timezone_invalid"
	CodeRetentionNegative   Code = "retention_negative"
	CodeErrorWebhookNoURL   Code = "error_webhook_no_url"
	CodeErrorWebhookURL     Code = "error_webhook_url"
	CodeNameInUse           Code = "account_connector_name_in_use"
	CodeNoSuchProperty      Code = "no_such_property"
	CodeNotInstanceProperty Code = "not_instance_property"
	CodeConnectorDraft      Code = "connector_draft"
	CodeAuthValueInvalid    Code = "auth_value_invalid"
	CodeAuthenticationID    Code = "authentication_id"
	CodeParentConnector     Code = "parent_connector"
	CodePartnerProperty     Code = "partner_property"
	CodeConnectorInUse      Code = "connector_in_use"
	CodeReleaseChanged      Code = "release_changed"
	CodeDefinitionInvalid   Code = "definition_invalid"
	CodeSigner              Code = "connector_signer"
	CodeFolderIDInvalid     Code = "folder_id_invalid"
	CodeFolderFull          Code = "folder_full"
	CodeFolderNotFound      Code = "folder_not_found"
	CodeTemplateImport      Code = "template_import"
	CodeTemplateMissing     Code = "template_missing"
	CodeTemplateNotLive     Code = "template_not_live"
	CodeCycleImport         Code = "cycle_import"
	CodeCycleMissing        Code = "cycle_missing"
	CodeCycleNoTemplate     Code = "cycle_no_template"
	CodeCycleRunning        Code = "cycle_running"
	CodePrerequisites       Code = "prerequisites"
	CodeScriptInvalid       Code = "script_invalid"
	CodeIntervalInvalid     Code = "interval_invalid"
	CodeCronInvalid         Code = "cron_invalid"
	CodeReleaseNoDraft      Code = "release_no_draft"
	CodeReleaseLive         Code = "release_live"
	CodeReleaseLast         Code = "release_last"
	CodeReleaseFollowed     Code = "release_followed"
	CodeVersionChanged      Code = "version_changed"
	CodeWebhookUnknown      Code = "webhook_unknown"
	CodeWebhookSignature    Code = "webhook_signature"
	CodeWebhookRegister     Code = "webhook_register"
	CodeNotJSON             Code = "not_json"
	CodeSubAccountDepth     Code = "sub_account_depth"
	CodeClientLimit         Code = "client_limit"
	CodeQuota               Code = "quota"
	CodeCycleNotRunning     Code = "cycle_not_running"
	CodeTransactionLive     Code = "transaction_live"
	CodeDataGone            Code = "data_gone"
	CodeNothingFailed       Code = "nothing_failed"
	CodeStepsChanged        Code = "steps_changed"
	CodeCallsMade           Code = "calls_made"
	CodeOutcomeOpen         Code = "outcome_open"
	CodeNoPayload           Code = "no_payload"
	CodeNoErrorWebhook      Code = "no_error_webhook"
	CodeOutcomeKnown        Code = "outcome_known"
	CodeSignInToken         Code = "sign_in_token"
	CodeEmbedSession        Code = "embed_session"
	CodeReturnURL           Code = "return_url"
	CodeUserPassword        Code = "user_password"
	CodeMarketplaceName     Code = "marketplace_name"
	CodeNoNotification      Code = "no_notification"
	CodeInstalledAlready    Code = "installed_already"
	CodeNotConnected        Code = "not_connected"
	CodeSetupLink           Code = "setup_link"
	CodeSetupExpired        Code = "setup_expired"
	CodeSetupUsed           Code = "setup_used"
	CodeSetupMistyped       Code = "setup_mistyped"
	CodeSetupLocked         Code = "setup_locked"
	CodeSetupSession        Code = "setup_session"
	CodeConsent             Code = "consent"
	CodeTargetOrigin        Code = "target_origin"
	CodeNotAuthenticated    Code = "not_authenticated"
	CodeMethodFailed        Code = "method_failed"
	CodeWebhookNoMatch      Code = "webhook_no_match"
	CodeWebhookScript       Code = "webhook_script"
	CodeAnswerLate          Code = "answer_late"
	CodeAnswerFailed        Code = "answer_failed"
	CodeAnswerStopped       Code = "answer_stopped"
)

// Codes of what an import tells its caller to set anew.
const (
	CodeImportConnectors Code = "import_connectors"
	CodeImportWebhooks   Code = "import_webhooks"
	CodeImportLinks      Code = "import_links"
	CodeImportIgnored    Code = "import_ignored"
	CodeImportEncrypted  Code = "import_encrypted"
	CodeImportVersion    Code = "import_version"
	CodeImportExits      Code = "import_exits"
)

// Codes of incidents. Their texts are those that error webhooks and LAUNCH callers know.
const (
	CodeTriggerSkipped     Code = "trigger_skipped"
	CodeTransactionStopped Code = "transaction_stopped"
	CodeOutOfRetries       Code = "out_of_retries"
	CodeAuthFailed         Code = "auth_failed"
	CodeAuthEnds           Code = "auth_ends"
	CodeSourceEmpty        Code = "source_empty"
	CodeWebhookFailed      Code = "webhook_failed"
	CodeWebhookRenewal     Code = "webhook_renewal"
	CodeWebhookLeft        Code = "webhook_left"
	CodeWebhookMissed      Code = "webhook_missed"
	CodeBuildRequest       Code = "build_request"
	CodeResponseFormat     Code = "response_format"
	CodeWebhookTooLarge    Code = "webhook_too_large"
	CodeRequestTooLarge    Code = "request_too_large"
	CodeResponseTooLarge   Code = "response_too_large"
	CodeCallFailed         Code = "call_failed"
	CodeResponseFields     Code = "response_fields"
	CodeDecisionInvalid    Code = "decision_invalid"
	CodeUnknownOutcome     Code = "unknown_outcome"
	CodeOutcomeResolved    Code = "outcome_resolved"
	CodeRateLimited        Code = "rate_limited"
	CodeCredentialsWait    Code = "credentials_wait"
	CodeCallHeld           Code = "call_held"
	CodeQuotaNear          Code = "quota_near"
	CodeQuotaReached       Code = "quota_reached"
	CodeStepPanicked       Code = "step_panicked"
	CodePoison             Code = "poison"
	CodeUnstorable         Code = "unstorable"
	CodePlanUnreadable     Code = "plan_unreadable"
	CodeStepDataTooLarge   Code = "step_data_too_large"
	CodeValueType          Code = "value_type"
	CodeListToValue        Code = "list_to_value"
	CodeJoinTooLarge       Code = "join_too_large"
	CodeSplitImpossible    Code = "split_impossible"
	CodeSplitFailed        Code = "split_failed"
	CodeWaitFailed         Code = "wait_failed"
	CodeWaitOverRetention  Code = "wait_over_retention"
	CodeWaitNotDate        Code = "wait_not_date"
	CodeWaitMissing        Code = "wait_missing"
	CodeResponseBuild      Code = "response_build"
	CodeResponseSave       Code = "response_save"
	CodeResponseReturn     Code = "response_return"
	CodeWebhookSourceKey   Code = "webhook_source_key"
	CodeWebhookTriggerData Code = "webhook_trigger_data"
	CodeWebhookTriggerStep Code = "webhook_trigger_step"
	CodeWebhookUnused      Code = "webhook_unused"
	CodeScriptFailed       Code = "script_failed"
	CodeScriptLimit        Code = "script_limit"
	CodeScriptStopped      Code = "script_stopped"
	CodeScriptsHeld        Code = "scripts_held"
	CodeLinkNotFound       Code = "link_not_found"
	CodeLinkNotRunning     Code = "link_not_running"
	CodeLinkTrigger        Code = "link_trigger"
	CodeLinkDepth          Code = "link_depth"
	CodeStorageKey         Code = "storage_key"
	CodeStorageValue       Code = "storage_value"
	CodeStorageNumber      Code = "storage_number"
	CodeStorageFull        Code = "storage_full"
	CodeUtilityInput       Code = "utility_input"
)

// Codes of prerequisites (api.md 8.2); Prerequisite carries the number.
const (
	CodePreSteps        Code = "pre_steps"
	CodePreConnected    Code = "pre_connected"
	CodePreConnector    Code = "pre_connector"
	CodePreMapping      Code = "pre_mapping"
	CodePreDecision     Code = "pre_decision"
	CodePreDelay        Code = "pre_delay"
	CodePreWaitDate     Code = "pre_wait_date"
	CodePreParameter    Code = "pre_parameter"
	CodePreField        Code = "pre_field"
	CodePreCollection   Code = "pre_collection"
	CodePreWebhookKey   Code = "pre_webhook_key"
	CodePreLeftOperand  Code = "pre_left_operand"
	CodePreRightOperand Code = "pre_right_operand"
	CodePreDelayUnit    Code = "pre_delay_unit"
	CodePreDelayAmount  Code = "pre_delay_amount"
	CodePreDelayTooLong Code = "pre_delay_too_long"
	CodePreWaitUntil    Code = "pre_wait_until"
	CodePreVariable     Code = "pre_variable"
)

// catalogue is the one list of texts that callers, incidents and prerequisites use.
var catalogue = map[Code]message{
	CodeDenied:              {Unauthorized, "Authorization has been denied for this request."},
	CodeSecondFactor:        {Unauthorized, "A code of the authenticator app is needed, too."},
	CodeFactorMissing:       {Forbidden, "Everybody who uses the console needs an authenticator app. Set yours up first."},
	CodeAccountHeader:       {Unauthorized, "Authorization has been denied for this request."},
	CodeForbidden:           {Forbidden, "You do not have the right to do this."},
	CodeIPNotAllowed:        {Forbidden, "Requests from this IP address are not allowed."},
	CodeBodyInvalid:         {Invalid, "The request body is not valid JSON: {reason}"},
	CodeBodyMissing:         {Invalid, "The request has no body."},
	CodeBodyTooLarge:        {TooLarge, "The request body is larger than {limit} bytes."},
	CodeBodyTooDeep:         {Invalid, "The request body is nested more than {limit} levels deep."},
	CodeRequestInvalid:      {Invalid, "The request is invalid."},
	CodeFieldInvalid:        {Invalid, "The value of {name} is invalid: {reason}"},
	CodeNotFound:            {NotFound, "{what} not found."},
	CodeNoRoute:             {NotFound, "No HTTP resource was found that matches the request URI."},
	CodeMethodNotAllowed:    {NotAllowed, "The requested resource does not support http method '{method}'."},
	CodeMediaType:           {Invalid, "The content type '{type}' is not supported."},
	CodeContentEncoding:     {Invalid, "The content encoding '{encoding}' is not supported: send the body as it is."},
	CodeBusy:                {Unavailable, "The server is busy. Please try again."},
	CodeCredentialsLocked:   {Unavailable, "The operator has locked all credentials: nothing is called with them until they are unlocked."},
	CodeThrottled:           {Throttled, "Too many requests. Please try again later."},
	CodeShuttingDown:        {Unavailable, "The server is shutting down. Please try again."},
	CodeNameRequired:        {Invalid, "Name is required"},
	CodeAccountIDInUse:      {Invalid, "ID already in use"},
	CodeAccountIDInvalid:    {Invalid, "ID is invalid: {reason}"},
	CodeParentNotFound:      {Invalid, "Parent account not found"},
	CodeTimezoneInvalid:     {Invalid, "Timezone is invalid"},
	CodeRetentionNegative:   {Invalid, "{name} ({value}): must be non negative"},
	CodeErrorWebhookNoURL:   {Invalid, "Transaction Error Webhook enabled: Transaction Error Webhook URL must be defined"},
	CodeErrorWebhookURL:     {Invalid, "{url} is not a valid URL"},
	CodeNameInUse:           {Invalid, "Account connector name '{name}' is in use."},
	CodeNoSuchProperty:      {Invalid, "There is not a connector property that matches name '{name}'."},
	CodeNotInstanceProperty: {Invalid, "Connector property name '{name}' is not an account connector property."},
	CodeConnectorDraft:      {Invalid, "Connector {id} is a draft and cannot be installed."},
	CodeAuthValueInvalid:    {Invalid, "AuthValue is invalid: {reason}"},
	CodeAuthenticationID:    {Invalid, "AuthenticationId does not name an authentication of this connector."},
	CodePartnerProperty:     {Forbidden, "Connector property '{name}' says whose events the account receives; only the partner may set it."},
	CodeParentConnector:     {Forbidden, "This connector belongs to the parent account."},
	CodeConnectorInUse:      {Conflict, "Account connector '{name}' is used by a running cycle."},
	CodeReleaseChanged:      {Invalid, "Connector {key} {version} is already published with another content; give it a new version."},
	CodeDefinitionInvalid:   {Invalid, "Invalid connector: ({reason})"},
	CodeSigner:              {Invalid, "Connector {key} {version}: {reason}"},
	CodeFolderIDInvalid:     {Invalid, "Folder ID is invalid."},
	CodeFolderNotFound:      {Invalid, "Folder with provided ID could not be found."},
	CodeFolderFull:          {Invalid, "The folder holds templates or folders: move them first."},
	CodeTemplateImport:      {Invalid, "Failed to import template."},
	CodeTemplateMissing:     {Invalid, "Failed to import template. {reason}"},
	CodeTemplateNotLive:     {Conflict, "The template has no live release; promote one first."},
	CodeCycleImport:         {Invalid, "Failed to import cycle."},
	CodeCycleMissing:        {Invalid, "Failed to import cycle. {reason}"},
	CodeCycleNoTemplate:     {Invalid, "The cycle has no template with a live release."},
	CodeCycleRunning:        {Conflict, "The cycle is running; stop it before changing it."},
	CodeScriptInvalid:       {Invalid, "A script is not JavaScript ({place}): {reason}"},
	CodePrerequisites:       {Invalid, "Please set up all the steps correctly before starting the cycle."},
	CodeIntervalInvalid:     {Invalid, "Interval must be one of 1, 5, 15, 30, 60, 120, 180, 240, 360, 480, 720, 1440 or 10080 minutes."},
	CodeCronInvalid:         {Invalid, "Cron is no expression of five fields (minute, hour, day of month, month, day of week): {reason}."},
	CodeReleaseNoDraft:      {Conflict, "Only a draft can be designed; copy the release to a draft."},
	CodeReleaseLive:         {Conflict, "The live release cannot be deleted; promote another one first."},
	CodeReleaseLast:         {Conflict, "It is the template's only release; delete the template instead."},
	CodeReleaseFollowed:     {Conflict, "Cycles were made of this release, perhaps ones in a recycle bin; upgrade or remove them first."},
	CodeVersionChanged:      {Stale, "The document has a newer version: {version}."},
	CodeWebhookUnknown:      {NotFound, "The webhook was not found or its cycle is not running."},
	CodeWebhookRegister:     {Invalid, "Failed to create the webhook: {reason}"},
	CodeWebhookSignature:    {Unauthorized, "The webhook's signature is missing or wrong."},
	CodeNotJSON:             {Invalid, "The payload could not be read as {type}: {reason}"},
	CodeSubAccountDepth:     {Invalid, "Parent account not found"},
	CodeClientLimit:         {Invalid, "A partner can have at most {limit} client credentials."},
	CodeNotAuthenticated:    {Invalid, "Failed to authenticate the connector"},
	CodeMethodFailed:        {Invalid, "{detail}"},
	CodeWebhookNoMatch:      {NotFound, "No transaction waits for this webhook."},
	CodeWebhookScript:       {Invalid, "A script could not handle the webhook."},
	CodeAnswerLate:          {Unavailable, "The transaction did not answer in time; it goes on."},
	CodeAnswerFailed:        {Unavailable, "The transaction failed before it answered."},
	CodeAnswerStopped:       {Unavailable, "The transaction was stopped before it answered."},
	CodeSetupLink:           {Forbidden, "This link is not valid. Check that it is complete, or ask for a new one."},
	CodeSetupExpired:        {Forbidden, "This link has expired. Ask for a new link and token."},
	CodeSetupUsed:           {Forbidden, "The token of this link was used. Ask for a new link and token."},
	CodeSetupMistyped:       {Forbidden, "That is not the token of this link. Check it and try again."},
	CodeSetupLocked:         {Forbidden, "Too many wrong tokens were tried. Ask for a new link and token."},
	CodeSetupSession:        {Forbidden, "Your time on this page is over. Ask for a new link and token."},
	CodeSignInToken:         {Forbidden, "Access is denied: the link has expired or was used."},
	CodeEmbedSession:        {Forbidden, "Access is denied: you are not signed in, or your time on this page is over. Open it again from where you came."},
	CodeReturnURL:           {Invalid, "returnUrl is not an address of this site: it must begin with one slash."},
	CodeUserPassword:        {Invalid, "The user name or the password is wrong."},
	CodeMarketplaceName:     {Invalid, "Marketplace name '{name}' is in use."},
	CodeInstalledAlready:    {Conflict, "This is installed already, and can be installed once."},
	CodeNotConnected:        {Invalid, "{name} is not connected yet."},
	CodeConsent:             {Forbidden, "Access is denied: the consent has expired, was used, or was begun in another browser."},
	CodeTargetOrigin:        {Invalid, "targetOrigin is not an address of a registered origin."},
	CodeQuota:               {Throttled, "The account's quota is used up."},
	CodeCycleNotRunning:     {Conflict, "The cycle is not running; start it first."},
	CodeTransactionLive:     {Conflict, "The transaction has not ended yet."},
	CodeDataGone:            {Conflict, "The data of the transaction is no longer kept, so that it cannot be repeated."},
	CodeNothingFailed:       {Conflict, "No step of the transaction failed; repeat it from the start."},
	CodeStepsChanged:        {Conflict, "The cycle no longer has all steps that the transaction has been through; repeat it from the start."},
	CodeCallsMade:           {Conflict, "Some calls of the step '{step}' were made, and where to go on is not known any more; repeat the transaction from the start, which makes them all again."},
	CodeOutcomeOpen:         {Conflict, "Nobody knows whether a call of the transaction was carried out; resolve its unknown outcome first."},
	CodeNoNotification:      {Conflict, "The marketplace has no address that is told."},
	CodeNoErrorWebhook:      {Conflict, "The account has no error webhook that takes this."},
	CodeOutcomeKnown:        {Conflict, "The transaction has no call with an unknown outcome that is to be resolved."},
	CodeNoPayload:           {Conflict, "The transaction did not begin with a webhook."},

	CodeImportConnectors: {Invalid, "Files carry no credentials and properties: set those of the account connectors here."},
	CodeImportWebhooks:   {Invalid, "Webhook steps have new addresses, and files carry no webhook keys: register them anew."},
	CodeImportLinks:      {Invalid, "Files carry no links between cycles, nor a template that the cycle was installed from."},
	CodeImportIgnored:    {Invalid, "Not understood and left out: {what}."},
	CodeImportEncrypted:  {Invalid, "The connectors within the file are encrypted and were not read; those that are published here are used."},
	CodeImportVersion:    {Invalid, "{connector} {version} is not here; its version {here} is used."},
	CodeImportExits:      {Invalid, "The exits of \"{step}\" are read as 1 for true and 0 for false: check them."},

	CodeTriggerSkipped:     {Internal, "Trigger Skipped"},
	CodeTransactionStopped: {Internal, "Transaction Stopped"},
	CodeOutOfRetries:       {Internal, "Out of retries"},
	CodeAuthFailed:         {Internal, "Failed to authenticate the connector"},
	CodeAuthEnds:           {Internal, "The authorization of the connector ends within a day"},
	CodeSourceEmpty:        {Internal, "Required source is empty"},
	CodeWebhookFailed:      {Internal, "Webhook failed"},
	CodeWebhookRenewal:     {Internal, "Failed to renew the webhook"},
	CodeWebhookLeft:        {Internal, "A webhook was left at the vendor"},
	CodeWebhookMissed:      {Internal, "The vendor has lost webhooks"},
	CodeBuildRequest:       {Internal, "Failed to build the request"},
	CodeResponseFormat:     {Internal, "Response data not in expected format"},
	CodeWebhookTooLarge:    {Internal, "Webhook data is too large"},
	CodeRequestTooLarge:    {Internal, "Request data is too large"},
	CodeResponseTooLarge:   {Internal, "Response data is too large"},
	CodeCallFailed:         {Internal, "Failed to call the method"},
	CodeResponseFields:     {Internal, "Response data fields missing"},
	CodeDecisionInvalid:    {Internal, "The decision could not be evaluated"},
	CodeUnknownOutcome:     {Internal, "Unknown outcome"},
	CodeOutcomeResolved:    {Internal, "Unknown outcome, which was resolved"},
	CodeRateLimited:        {Internal, "Rate limited"},
	CodeCredentialsWait:    {Internal, "The step waits because credentials are locked"},
	CodeQuotaNear:          {Internal, "The account has used 80 % of its quota"},
	CodeQuotaReached:       {Internal, "The account's quota is used up"},
	CodeCallHeld:           {Internal, "The call waits because the connector is rate limited"},
	CodeStepPanicked:       {Internal, "The step failed unexpectedly"},
	CodePoison:             {Internal, "The transaction was ended because the server died whenever it was carried"},
	CodeUnstorable:         {Internal, "What was to be stored was refused"},
	CodePlanUnreadable:     {Internal, "The cycle cannot be read, so that it does not run"},
	CodeScriptFailed:       {Internal, "A script failed"},
	CodeScriptLimit:        {Internal, "A script was stopped at a limit"},
	CodeScriptStopped:      {Internal, "A script stopped the step"},
	CodeScriptsHeld:        {Internal, "The step waits because scripts of the account were stopped too often"},
	CodeStepDataTooLarge:   {Internal, "Step data is too large"},
	CodeValueType:          {Internal, "The value does not have the field's type"},
	CodeListToValue:        {Internal, "A list was mapped to a single value"},
	CodeJoinTooLarge:       {Internal, "Too many combinations of list items"},
	CodeSplitImpossible:    {Internal, "Step data cannot be split"},
	CodeSplitFailed:        {Internal, "Failed to split transaction step data"},
	CodeWaitFailed:         {Internal, "Wait Until Failed To Run"},
	CodeWaitOverRetention:  {Internal, "Wait Until is over retention period"},
	CodeWaitNotDate:        {Internal, "Field is not a valid DateTime"},
	CodeWaitMissing:        {Internal, "WaitUntil step is missing wait criteria"},
	CodeResponseBuild:      {Internal, "Failed to build the webhook response"},
	CodeResponseSave:       {Internal, "Failed to save the webhook response"},
	CodeResponseReturn:     {Internal, "Failed to return the webhook response"},
	CodeWebhookSourceKey:   {Internal, "Failed to find the webhook source key"},
	CodeWebhookTriggerData: {Internal, "Failed to get webhook trigger step data"},
	CodeWebhookTriggerStep: {Internal, "Failed to find webhook trigger step"},
	CodeWebhookUnused:      {Internal, "An accepted webhook was not carried on"},
	CodeLinkNotFound:       {Internal, "The linked cycle was not found"},
	CodeLinkNotRunning:     {Internal, "The linked cycle is not running"},
	CodeLinkTrigger:        {Internal, "The linked cycle does not begin with a webhook"},
	CodeLinkDepth:          {Internal, "Too many links between cycles"},
	CodeStorageKey:         {Internal, "The key cannot be stored"},
	CodeStorageValue:       {Internal, "The value is too large to be stored"},
	CodeStorageNumber:      {Internal, "The value is not a whole number"},
	CodeStorageFull:        {Internal, "The storage is full"},
	CodeUtilityInput:       {Internal, "The utility cannot work with its input"},

	CodePreSteps:        {Invalid, "Cycle must have at least two steps"},
	CodePreConnected:    {Invalid, "All steps must be connected together and only one step can be the trigger"},
	CodePreConnector:    {Invalid, "Unauthenticated connector"},
	CodePreMapping:      {Invalid, "Missing mapping"},
	CodePreDecision:     {Invalid, "Missing decision criteria"},
	CodePreDelay:        {Invalid, "Missing delay time period"},
	CodePreWaitDate:     {Invalid, "Missing date to wait until"},
	CodePreParameter:    {Invalid, "Missing parameter mapping"},
	CodePreField:        {Invalid, "Missing field mapping"},
	CodePreCollection:   {Invalid, "Missing collection key mapping"},
	CodePreWebhookKey:   {Invalid, "Missing webhook key mapping"},
	CodePreLeftOperand:  {Invalid, "Missing left operand"},
	CodePreRightOperand: {Invalid, "Missing right operand"},
	CodePreDelayUnit:    {Invalid, "Missing delay unit"},
	CodePreDelayAmount:  {Invalid, "Missing delay interval"},
	CodePreDelayTooLong: {Invalid, "The delay is longer than the data of transactions is kept"},
	CodePreWaitUntil:    {Invalid, "Missing wait until date"},
	CodePreVariable:     {Invalid, "Missing variable value"},
}
