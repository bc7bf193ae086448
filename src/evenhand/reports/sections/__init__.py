"""Parts of the pages, one a module, found by scanning: each declares `SECTION`."""
