package policy

import "github.com/tierwatch/tierwatch/schemas/tierwatchpb"

var (
	txnTypes   = enumNames("transaction type", tierwatchpb.TxnType_name, "")
	directions = enumNames("direction", tierwatchpb.Direction_name, "")
	channels   = enumNames("channel", tierwatchpb.Channel_name, "")
	initiators = enumNames("initiator", tierwatchpb.Initiator_name, "")
	parties    = enumNames("counterparty type", tierwatchpb.CounterpartyType_name, "COUNTERPARTY_")
)

// filter reads where.
func (c *compiler) filter(v value) Filter {
	get := func(key string, n *names) uint64 {
		if val, ok := v.get(key); ok {
			return c.set(val, n)
		}
		return 0
	}
	f := Filter{
		Types:      get("types", txnTypes),
		Accounts:   uint32(get("accounts", accountTypes)),
		Directions: uint8(get("direction", directions)),
		Channels:   uint32(get("channel", channels)),
		Initiators: uint8(get("initiator", initiators)),
		Parties:    uint8(get("counterparty", parties)),
		Internal:   c.onlyIf(v, "internal"),
		Joint:      c.onlyIf(v, "joint"),
	}
	if list, ok := v.get("classes"); ok {
		f.Accounts = c.classAccounts(v, list, f.Accounts)
	}
	return f
}

// classAccounts gives the account types of the listed classes, within accounts if
// that is given too.
func (c *compiler) classAccounts(v, list value, accounts uint32) uint32 {
	var of uint32
	for _, item := range list.list() {
		if i, ok := c.lookup(item, "class", c.classes); ok {
			of |= c.plan.Classes[i].Types
			c.used.class(i)
		}
	}
	if _, both := v.get("accounts"); !both || of == 0 || accounts == 0 {
		return of | accounts
	}
	if of&accounts == 0 {
		c.problem(list, "none of the account types of accounts is in these classes", "leave one of accounts and classes out")
	}
	return of & accounts
}

// onlyIf reads a flag that may be absent: 0 any, 1 only true, 2 only false.
func (c *compiler) onlyIf(v value, key string) uint8 {
	if _, ok := v.get(key); !ok {
		return 0
	}
	if c.is(v, key, "true") {
		return 1
	}
	return 2
}
