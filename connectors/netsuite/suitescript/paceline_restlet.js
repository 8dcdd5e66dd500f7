/**
 * Runs saved searches and attaches files for Paceline. Deploy it as customdeploy_paceline_restlet.
 *
 * @NApiVersion 2.1
 * @NScriptType Restlet
 */
define(['N/search', 'N/file', 'N/record', 'N/encode'], (search, file, record, encode) => {
  const pageSize = 1000;

  const rowsOf = (id, page) => {
    const pages = search.load({ id }).runPaged({ pageSize });
    if (page >= pages.pageRanges.length) return { rows: [], hasMore: false };
    const rows = pages.fetch({ index: page }).data.map((row) => ({
      id: row.id,
      type: row.recordType,
      values: Object.fromEntries(row.columns.map((column) => [column.label || column.name, row.getText(column) || row.getValue(column)])),
    }));
    return { rows, hasMore: page + 1 < pages.pageRanges.length };
  };

  const searches = () => {
    const found = [];
    search.create({ type: search.Type.SAVED_SEARCH, columns: ['id', 'title', 'recordtype'] }).run().each((row) => {
      found.push({ id: row.getValue('id'), title: row.getValue('title'), recordType: row.getValue('recordtype') });
      return found.length < 4000;
    });
    return { searches: found };
  };

  const attach = ({ recordType, recordId, folder, name, fileType, content }) => {
    const isText = ['PLAINTEXT', 'CSV', 'JSON', 'XMLDOC', 'HTMLDOC'].includes(fileType);
    const contents = isText ? decode(content) : content;
    const fileId = file.create({ name, folder, fileType: file.Type[fileType], contents }).save();
    record.attach({ record: { type: 'file', id: fileId }, to: { type: recordType, id: recordId } });
    return { fileId: String(fileId) };
  };

  const decode = (base64) => {
    return encode.convert({ string: base64, inputEncoding: encode.Encoding.BASE_64, outputEncoding: encode.Encoding.UTF_8 });
  };

  const post = (request) => {
    switch (request.action) {
      case 'search': return rowsOf(request.search, request.page || 0);
      case 'searches': return searches();
      case 'attach': return attach(request);
      default: throw new Error(`There is no action ${request.action}`);
    }
  };

  return { post };
});
