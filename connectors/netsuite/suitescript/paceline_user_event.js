/**
 * Tells Paceline that a record was created, changed or deleted. Deploy it to each type of records that cycles wait for, with
 * the address of the step and its secret as parameters of the script.
 *
 * @NApiVersion 2.1
 * @NScriptType UserEventScript
 */
define(['N/https', 'N/runtime', 'N/log'], (https, runtime, log) => {
  const afterSubmit = (context) => {
    const script = runtime.getCurrentScript();
    const record = context.newRecord || context.oldRecord;
    try {
      https.post({
        url: script.getParameter({ name: 'custscript_paceline_address' }),
        headers: {
          'Content-Type': 'application/json',
          'X-Paceline-Token': script.getParameter({ name: 'custscript_paceline_secret' }),
          'X-Event-Id': `${record.type}-${record.id}-${context.type}-${Date.now()}`,
        },
        body: JSON.stringify({
          event: context.type,
          recordType: record.type,
          id: String(record.id),
          externalId: record.getValue({ fieldId: 'externalid' }) || null,
          accountId: runtime.accountId,
        }),
      });
    } catch (failure) {
      // A record must be saved also while nobody listens.
      log.error({ title: 'Paceline was not told', details: failure });
    }
  };
  return { afterSubmit };
});
