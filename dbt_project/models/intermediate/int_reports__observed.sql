{{ observations() }}
