"""The workbook in which sales, marketing and finance say what they expect: sent out, and read when it comes back."""
