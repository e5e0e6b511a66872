package trial

import (
	"bytes"
	"fmt"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/control"
)

// alarmed is Policy as its second version, with alerts.
func alarmed() []byte {
	text := bytes.Replace([]byte(Policy), []byte("version: 1"), []byte("version: 2"), 1)
	return append(text, "alerts:\n  MISS_PROJECTED: {}\n  LARGE_OUTFLOW: {share: 5%}\n"...)
}

// Days writes bookings of twelve customers, C0 to C11, and closes each day from first
// to last: some are rich and pay out, some are paid late. A policy with alerts comes
// into force twenty days after the first day of a log, if that is among them.
func (b *Bank) Days(back *control.Backfill, opened, first, last int32) {
	b.t.Helper()
	const customers = 12
	for day := first; day <= last; day++ {
		if day == opened+10 {
			err := back.Policy(b.t.Context(), &pb.PolicyActivation{Name: "small", Version: 2, EffectiveDay: opened + 20, Yaml: alarmed()})
			if err != nil {
				b.t.Fatal(err)
			}
		}
		for c := range int32(customers) {
			b.Put(back, b.booking(c, day, day-opened)...)
		}
		b.Close(back, day)
	}
}

// booking is what a customer does on the n-th day.
func (b *Bank) booking(c, day, n int32) (list []*pb.LogRecord) {
	who := fmt.Sprint("C", c)
	id := func(what string) string { return fmt.Sprint(what, "-", c, "-", day) }
	out := func(x *pb.Transaction) {
		x.Direction, x.TxnType = pb.Direction_DEBIT, pb.TxnType_TRANSFER_OUT
	}
	switch {
	case n == 0:
		list = append(list, b.Pay(id("first"), who, day, int64(c+1)*10_000_00))
	case (n+c)%9 == 4:
		list = append(list, b.Pay(id("out"), who, day, int64(c+1)*1_000_00, out))
	case (n+c)%4 == 0:
		list = append(list, b.Pay(id("in"), who, day, 500_00))
	}
	if n > 6 && (n+c)%13 == 0 { // late
		list = append(list, b.Pay(id("late"), who, day-5, 7_00))
	}
	return list
}
