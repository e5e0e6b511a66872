package fold_test

import (
	"fmt"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// BenchmarkBookingWhileReversalsWait: a booking of a customer with so many reversals
// that wait for their original, as many as may (rule R79) and a few.
func BenchmarkBookingWhileReversalsWait(b *testing.B) {
	for _, n := range []int{10, 1<<16 - 1} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			tp := newTape(b, fold.Options{}, tapePolicy)
			for i := range 1<<16 - 1 {
				tp.fast(wrap(txn(fmt.Sprint(i), first, 1, func(t *pb.Transaction) {
					if i < n {
						t.ReversalOf, t.ReversalKind = fmt.Sprint("core:none", i), pb.ReversalKind_FULL
					}
				})))
			}
			if x := tp.explain("C1"); x.Waiting != n {
				b.Fatalf("%d reversals wait, want %d", x.Waiting, n)
			}
			records := make([][]byte, b.N)
			for i := range records {
				records[i], _ = wrap(txn(fmt.Sprint("new", i), first, 1)).MarshalVT()
			}
			b.ReportAllocs()
			b.ResetTimer()
			for _, v := range records {
				if err := tp.part.Apply(tp.offset, v, &tp.out); err != nil {
					b.Fatal(err)
				}
				tp.offset++
				tp.out.Reset()
			}
		})
	}
}
