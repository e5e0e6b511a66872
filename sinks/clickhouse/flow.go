package clickhouse

import pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"

// Numbers of the Enum8 flow_kind.
const (
	flowNone int8 = iota
	flowNewMoney
	flowInternal
	flowMarket
	flowFX
	flowCorrection
)

// flowKinds are the kinds that follow from the type alone; a type absent here is
// money to or from outside, unless the event says that it is internal.
var flowKinds = map[pb.TxnType]int8{
	pb.TxnType_TRANSFER_INTERNAL:   flowInternal,
	pb.TxnType_DEPOSIT_TERM_OPEN:   flowInternal,
	pb.TxnType_DEPOSIT_TERM_MATURE: flowInternal,
	pb.TxnType_DEPOSIT_TERM_BREAK:  flowInternal,
	pb.TxnType_WEALTH_SUBSCRIBE:    flowInternal,
	pb.TxnType_WEALTH_REDEEM:       flowInternal,
	pb.TxnType_WEALTH_MATURE:       flowInternal,
	pb.TxnType_FUND_BUY:            flowInternal,
	pb.TxnType_FUND_SELL:           flowInternal,
	pb.TxnType_BOND_BUY:            flowInternal,
	pb.TxnType_BOND_SELL:           flowInternal,
	pb.TxnType_GOLD_BUY:            flowInternal,
	pb.TxnType_GOLD_SELL:           flowInternal,
	pb.TxnType_INSURANCE_PREMIUM:   flowInternal,
	pb.TxnType_INSURANCE_SURRENDER: flowInternal,
	pb.TxnType_LOAN_DRAWDOWN:       flowInternal,
	pb.TxnType_LOAN_REPAY:          flowInternal,
	pb.TxnType_LOAN_PREPAY:         flowInternal,
	pb.TxnType_CARD_REPAY:          flowInternal,
	pb.TxnType_CARD_INSTALMENT:     flowInternal,
	// What holdings earn and cost is no new money, as in any net-new-money report.
	pb.TxnType_WEALTH_DIVIDEND:   flowMarket,
	pb.TxnType_WEALTH_NAV_UPDATE: flowMarket,
	pb.TxnType_LOAN_INTEREST:     flowMarket,
	pb.TxnType_FEE:               flowMarket,
	pb.TxnType_FEE_WAIVER:        flowMarket,
	pb.TxnType_INTEREST_CREDIT:   flowMarket,
	pb.TxnType_INTEREST_DEBIT:    flowMarket,
	pb.TxnType_TAX:               flowMarket,
	pb.TxnType_FX_BUY:            flowFX,
	pb.TxnType_FX_SELL:           flowFX,
	pb.TxnType_FX_REVALUE:        flowFX,
	pb.TxnType_REVERSAL:          flowCorrection,
	pb.TxnType_CHARGEBACK:        flowCorrection,
	pb.TxnType_ADJUSTMENT:        flowCorrection,
	pb.TxnType_LOAN_WRITE_OFF:    flowCorrection,
	// Records of a state: no money moves.
	pb.TxnType_LOAN_OVERDUE:      flowNone,
	pb.TxnType_LOAN_CURED:        flowNone,
	pb.TxnType_LOAN_CLASS_CHANGE: flowNone,
	pb.TxnType_CARD_OVERDUE:      flowNone,
	pb.TxnType_CARD_LIMIT_CHANGE: flowNone,
}

// flowKind says where the money of a transaction went (column flow_kind).
func flowKind(tx *pb.Transaction) int8 {
	if tx.ReversalOf != "" {
		return flowCorrection
	}
	if kind, ok := flowKinds[tx.TxnType]; ok {
		return kind
	}
	if tx.InternalTransfer || tx.SameOwner || tx.CounterpartyType == pb.CounterpartyType_OWN {
		return flowInternal
	}
	return flowNewMoney
}
