package policy

import "github.com/tierwatch/tierwatch/schemas/tierwatchpb"

var accountTypes = enumNames("account type", tierwatchpb.AccountType_name, "")

// debts are the account types whose balance is negative by what is owed.
const debts = 1<<tierwatchpb.AccountType_CARD_CREDIT | 1<<tierwatchpb.AccountType_LOAN

func (c *compiler) readClasses(root value) {
	section, _ := root.get("classes")
	owner := map[int32]string{}
	for name, v := range section.pairs() {
		class := Class{Name: name.node.Value, WeightBP: 10000}
		if types, ok := v.get("types"); ok {
			class.Types = uint32(c.set(types, accountTypes))
			c.oneClass(types, class, owner)
		}
		if w, ok := v.get("weight"); ok {
			class.WeightBP, _ = c.share(w)
		}
		class.NAV = c.is(v, "value", "nav")
		class.NoFloor = c.is(v, "floor", "none")
		class.Liability = c.is(v, "liability", "true")
		if floor, ok := v.get("floor"); ok && class.NoFloor && class.Liability {
			c.problem(floor, "a liability counts what is owed, so there is no floor to take away", "leave floor out")
		}
		if types, ok := v.get("types"); ok && !class.Liability && class.Types&debts != 0 {
			c.warn(types, "accounts of debt are in a class that counts what is held", "add liability: true, or move CARD_CREDIT and LOAN to a class of their own")
		}
		c.classes[class.Name] = len(c.plan.Classes)
		c.plan.Classes = append(c.plan.Classes, class)
	}
}

// oneClass reports types that an earlier class has already.
func (c *compiler) oneClass(types value, class Class, owner map[int32]string) {
	for num := int32(1); num < 32; num++ {
		if class.Types>>uint(num)&1 == 0 {
			continue
		}
		if other, taken := owner[num]; taken {
			c.problem(c.item(types, accountTypes, num), "the account type belongs to class "+other+" already", "keep it in one class")
			continue
		}
		owner[num] = class.Name
	}
}

// item gives the entry of a list of names that has the number, else the list.
func (c *compiler) item(v value, n *names, num int32) value {
	for _, item := range v.list() {
		if s, ok := item.text(); ok && n.number[upper(s)] == num {
			return item
		}
	}
	return v
}

// is tells whether key has the given word.
func (c *compiler) is(v value, key, word string) bool {
	got, ok := v.get(key)
	if !ok {
		return false
	}
	s, _ := got.text()
	return lower(s) == word
}
