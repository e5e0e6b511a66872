package tierwatchpb

// fixedBytes is more than all fields of a transaction take that are no texts, and the
// tags and lengths of those that are: 56 fields of 2 + 10 bytes, and the frames.
const fixedBytes = 1024

// BoundVT is SizeVT or more, at a fraction of its price for a transaction: who
// marshals into the end of a buffer need not know the size before.
func (m *LogRecord) BoundVT() int {
	t := m.Transaction
	if t == nil {
		return m.SizeVT()
	}
	n := fixedBytes + len(m.unknownFields) + len(t.unknownFields) +
		len(t.CustomerId) + len(t.AccountId) + len(t.Source) + len(t.TxnId) + len(t.Currency) + len(t.FxRate) + len(t.Unit) +
		len(t.ReversalOf) + len(t.ProductCode) + len(t.CounterpartyBankCode) + len(t.CounterpartyHash) + len(t.Mcc) +
		len(t.PurposeCode) + len(t.BkTxCd) + len(t.BranchId) + len(t.Region) + len(t.FiveClass) + len(t.TraceId)
	if o := t.Origin; o != nil {
		n += len(o.Name) + len(o.unknownFields)
	}
	return n
}
