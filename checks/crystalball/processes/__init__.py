"""The processes that torch lives in: started, asked, ended."""
