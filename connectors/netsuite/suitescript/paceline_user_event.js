/**
 * Tells Paceline that a record was created, changed or deleted. Deploy it to each type of records that cycles wait for, with
 * the address of the step and the ID of the API secret as parameters of the script.
 *
 * The secret stays at NetSuite: it signs the time and the body.
 *
 * @NApiVersion 2.1
 * @NScriptType UserEventScript
 */
define(['N/https', 'N/runtime', 'N/log', 'N/crypto', 'N/encode'], (https, runtime, log, crypto, encode) => {
  const sign = (text, secret) => {
    const hmac = crypto.createHmac({
      algorithm: crypto.HashAlg.SHA256,
      key: crypto.createSecretKey({ secret, encoding: encode.Encoding.UTF_8 }),
    });
    hmac.update({ input: text, inputEncoding: encode.Encoding.UTF_8 });
    return hmac.digest({ outputEncoding: encode.Encoding.HEX }).toLowerCase();
  };
  const afterSubmit = (context) => {
    const script = runtime.getCurrentScript();
    const record = context.newRecord || context.oldRecord;
    const now = Date.now();
    try {
      const body = JSON.stringify({
        event: context.type,
        recordType: record.type,
        id: String(record.id),
        externalId: record.getValue({ fieldId: 'externalid' }) || null,
        accountId: runtime.accountId,
        eventId: `${record.type}-${record.id}-${context.type}-${now}`,
      });
      const time = String(Math.floor(now / 1000));
      https.post({
        url: script.getParameter({ name: 'custscript_paceline_address' }),
        headers: {
          'Content-Type': 'application/json',
          'X-Paceline-Timestamp': time,
          'X-Paceline-Signature': sign(`${time}.${body}`, script.getParameter({ name: 'custscript_paceline_secret' })),
        },
        body,
      });
    } catch (failure) {
      // A record must be saved also while nobody listens.
      log.error({ title: 'Paceline was not told', details: failure });
    }
  };
  return { afterSubmit };
});
